import { createHash } from 'node:crypto';
import type { Criterion, SearchParameter, SearchQuery, SearchValue } from '#fhir-search';

/** Shapes that are kept prepared, in each connection; more are planned anew each time. */
const preparedAtMost = 300;
const names = new Map<string, string>();

/**
 * A search by what few resources have is planned once for any value: planning would take longer than finding. Whatever may
 * be common or rare is planned for its values.
 */
export function preparedName({ criteria }: Pick<SearchQuery, 'criteria'>, text: string): { name?: string } {
  return isForFew({ criteria }) ? keptName(text) : {};
}

/** The name of a statement that is planned once; none where too many are kept already. */
export function keptName(text: string): { name?: string } {
  const known = names.get(text);
  if (known !== undefined) return { name: known };
  if (names.size >= preparedAtMost) return {};
  const name = `search-${createHash('sha256').update(text).digest('base64url').slice(0, 32)}`;
  names.set(text, name);
  return { name };
}

/** Whether the search names what few resources have. */
export function isForFew({ criteria }: Pick<SearchQuery, 'criteria'>): boolean {
  return criteria.some(findsFew);
}

/** What belongs to one person or one piece of work is few; of an organisation, an activity or a questionnaire it may be most. */
const fewPointTo = ['Patient', 'Task', 'ServiceRequest', 'Encounter', 'Slot'];

/** A patient has few of anything; an organisation may have most. */
function findsFew(criterion: Criterion): boolean {
  if ('chain' in criterion)
    return criterion.chain.targets.every((target) => target.type === 'Patient' && findsFew(target.criterion));
  if ('has' in criterion) return findsFew(criterion.has.criterion);
  const [value, ...others] = criterion.values;
  return criterion.modifier === undefined && others.length === 0 && isOfFew(criterion.parameter, value);
}

function isOfFew({ code }: SearchParameter, value: SearchValue | undefined): boolean {
  if (code === '_id') return true;
  if (value?.type === 'reference') return fewPointTo.some((type) => value.value.startsWith(`${type}/`));
  return code === 'identifier' && value?.type === 'token' && value.value !== undefined;
}
