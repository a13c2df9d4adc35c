import type { Criterion, SearchValue } from './search.js';

/**
 * One text for all criteria that mean the same: neither the order of parameters nor of values counts, strings are
 * normalised, and a reference is spelt one way. The key of a conditional write.
 */
export function normalisedCriteria(type: string, criteria: readonly Criterion[]): string {
  return `${type}?${distinctInOrder(criteria.map(criterionText)).join('&')}`;
}

function criterionText(criterion: Criterion): string {
  if ('chain' in criterion) {
    const { parameter, targets } = criterion.chain;
    return JSON.stringify(['chain', parameter.code, distinctInOrder(targets.map(targetText))]);
  }
  if ('has' in criterion) {
    const { type, parameter, criterion: asked } = criterion.has;
    return JSON.stringify(['has', type, parameter.code, criterionText(asked)]);
  }
  const { parameter, modifier = '', missing, values } = criterion;
  return JSON.stringify([parameter.code, modifier, missing, distinctInOrder(values.map(valueText))]);
}

function targetText({ type, criterion }: { type: string; criterion: Criterion }): string {
  return JSON.stringify([type, criterionText(criterion)]);
}

/** Properties in the order of their names: it must not count in which they were set. */
function valueText(value: SearchValue): string {
  if (value.type === 'composite') return JSON.stringify([value.type, value.parts.map(valueText)]);
  return JSON.stringify(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function distinctInOrder(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}
