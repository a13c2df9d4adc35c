import type { FhirResource, SearchParameter as Definition } from 'fhir/r4';
import { error, FhirError, type Issue, type IssueCode } from '#fhir';
import { branchesOf, fhirPathReaderOf } from './fhirpath-reader.js';
import {
  addParameter,
  idParameter,
  type IndexedParameter,
  lastUpdatedParameter,
  removeParameter,
  searchableTypes,
  searchParameter,
  searchParametersOf,
} from './parameters.js';
import type { SearchParameter, SearchParameterType } from './search.js';

/** A SearchParameter that came while the service runs: indexed at every write from then on, searched by when it is ready. */
export interface LoadedParameter {
  definition: Definition;
  /** `indexing` until what was stored before has been indexed, too. */
  state: 'indexing' | 'ready';
  /** As each of its base types has it; never in a column. */
  parameters: readonly { type: string; parameter: SearchParameter }[];
}

/**
 * Takes a SearchParameter into use in this process. Its expression is narrowed to each base type. Throws FhirError with
 * every reason why it cannot be taken.
 */
export function addSearchParameter(definition: Definition): LoadedParameter {
  const issues = [...faultsOfWords(definition), ...faultsOfBases(definition)];
  if (issues.length > 0) throw new FhirError(issues, { status: 422 });
  const parameters = definition.base.map((type) => ({ type, parameter: narrowed(type, definition) }));
  const unread = parameters.flatMap(({ type, parameter }) => faultsOfExpression(type, parameter));
  if (unread.length > 0) throw new FhirError(unread, { status: 422 });
  for (const { type, parameter } of parameters) addParameter(type, parameter);
  const added: LoadedParameter = { definition, state: 'indexing', parameters };
  loaded.set(definition.url, added);
  return added;
}

/** From now on it can be searched by. Undefined where no such parameter was loaded. */
export function readySearchParameter(url: string): LoadedParameter | undefined {
  const known = loaded.get(url);
  if (known === undefined) return undefined;
  const ready: LoadedParameter = { ...known, state: 'ready' };
  loaded.set(url, ready);
  return ready;
}

/** Takes a loaded parameter out of use; false where none of this address was loaded. */
export function removeSearchParameter(url: string): boolean {
  const known = loaded.get(url);
  if (known === undefined) return false;
  for (const { type } of known.parameters) removeParameter(type, url);
  return loaded.delete(url);
}

export function loadedSearchParameters(): readonly LoadedParameter[] {
  return [...loaded.values()];
}

export function isBeingIndexed({ url }: SearchParameter): boolean {
  return loaded.get(url)?.state === 'indexing';
}

const loaded = new Map<string, LoadedParameter>();

const loadable: readonly SearchParameterType[] = ['token', 'string', 'date', 'reference', 'uri', 'number', 'quantity'];
const longestExpression = 4000;

function faultsOfWords({ url, code, type, expression }: Partial<Definition>): Issue[] {
  const isAddress = typeof url === 'string' && /^[A-Za-z][A-Za-z0-9+.-]*:\S+$/.test(url);
  const isCode = typeof code === 'string' && /^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(code);
  const isExpression = typeof expression === 'string' && expression !== '' && expression.length <= longestExpression;
  const codeRule = 'code must begin with a letter and hold letters, figures, - and _, at most 64 of them.';
  const typeRule = `type must be one of ${loadable.join(', ')}; others cannot be loaded.`;
  const lengthRule = `expression must be FHIRPath of at most ${String(longestExpression)} characters.`;
  return faultsAmong([
    [isAddress, 'url', 'url must be an absolute URL.', 'value'],
    [!isAddress || !isInUse(url), 'url', 'A SearchParameter of this url is in use already.', 'duplicate'],
    [isCode, 'code', codeRule, 'value'],
    [loadable.some((each) => each === type), 'type', typeRule, 'not-supported'],
    [isExpression, 'expression', lengthRule, 'value'],
  ]);
}

function isInUse(url: string): boolean {
  const all = [idParameter, lastUpdatedParameter, ...searchableTypes().flatMap(searchParametersOf)];
  return all.some((parameter) => parameter.url === url);
}

function faultsOfBases({ base, code, type, target }: Partial<Definition>): Issue[] {
  const bases: readonly unknown[] = Array.isArray(base) ? base : [];
  const served = searchableTypes().filter((each) => bases.includes(each));
  const taken = served.filter((each) => typeof code === 'string' && searchParameter(each, code) !== undefined);
  const hasTarget = type !== 'reference' || (Array.isArray(target) && target.length > 0);
  const baseRule = 'base must name resource types of this server, each once.';
  const targetRule = 'A reference parameter must say in target to which types it points.';
  return faultsAmong([
    [bases.length > 0 && served.length === bases.length, 'base', baseRule, 'not-supported'],
    [taken.length === 0, 'code', `${taken.join(', ')} has a parameter of this code already.`, 'duplicate'],
    [hasTarget, 'target', targetRule, 'required'],
  ]);
}

type Rule = [holds: boolean, element: string, sentence: string, code: IssueCode];

function faultsAmong(rules: readonly Rule[]): Issue[] {
  const broken = rules.filter(([holds]) => !holds);
  return broken.map(([, element, sentence, code]) => error(code, sentence, `SearchParameter.${element}`));
}

/** Only what speaks of this type, or of no type by name. */
function narrowed(type: string, { code, type: kind, url, expression = '', target = [] }: Definition): IndexedParameter {
  const branches = branchesOf(expression)
    .map((branch) => branch.replace(/^(\(*)(?:Resource|DomainResource)\./, `$1${type}.`))
    .filter((branch) => [undefined, type].includes(/^\(*([A-Z][A-Za-z]+)\b/.exec(branch)?.[1]));
  return { code, type: kind, url, expression: branches.join(' | '), targets: [...target].sort(), single: false };
}

function faultsOfExpression(type: string, parameter: IndexedParameter): Issue[] {
  const place = 'SearchParameter.expression';
  if (parameter.expression === '') return [error('value', `expression says nothing of ${type}.`, place)];
  try {
    fhirPathReaderOf(parameter, { strict: true })({ resourceType: type } as FhirResource);
    return [];
  } catch {
    // What the evaluator says may repeat the expression; it is no help to who wrote it by hand.
    return [
      error('value', `expression cannot be evaluated on ${type} as FHIRPath that looks at one resource alone.`, place),
    ];
  }
}
