import type { Criterion, SearchValue } from './search.js';

/**
 * One text for all criteria that mean the same: neither the order of parameters nor of values counts, strings are
 * normalised, and a reference is spelt one way: with `baseUrl`, a reference to the server's own address as the relative one
 * that it was read as, too. The key of a conditional write.
 */
export function normalisedCriteria(type: string, criteria: readonly Criterion[], baseUrl?: string): string {
  const texts = criteria.map((criterion) => criterionText(criterion, baseUrl));
  return `${type}?${distinctInOrder(texts).join('&')}`;
}

function criterionText(criterion: Criterion, baseUrl: string | undefined): string {
  if ('chain' in criterion) {
    const { parameter, targets } = criterion.chain;
    return JSON.stringify([
      'chain',
      parameter.code,
      distinctInOrder(targets.map((target) => JSON.stringify([target.type, criterionText(target.criterion, baseUrl)]))),
    ]);
  }
  if ('has' in criterion) {
    const { type, parameter, criterion: asked } = criterion.has;
    return JSON.stringify(['has', type, parameter.code, criterionText(asked, baseUrl)]);
  }
  const { parameter, modifier = '', missing, values } = criterion;
  const spelt = values.filter((value) => !isRelativeToo(value, values, baseUrl));
  return JSON.stringify([parameter.code, modifier, missing, distinctInOrder(spelt.map(valueText))]);
}

function isRelativeToo(value: SearchValue, values: readonly SearchValue[], baseUrl: string | undefined): boolean {
  if (baseUrl === undefined || value.type !== 'reference') return false;
  return values.some((other) => other.type === 'reference' && value.value === `${baseUrl}/${other.value}`);
}

/** Properties in the order of their names: it must not count in which they were set. */
function valueText(value: SearchValue): string {
  if (value.type === 'composite') return JSON.stringify([value.type, value.parts.map(valueText)]);
  return JSON.stringify(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function distinctInOrder(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}
