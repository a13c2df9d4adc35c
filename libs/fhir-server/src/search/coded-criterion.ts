import { type Audience, FhirError } from '#fhir';
import type { Criterion, ParameterCriterion, SearchValue } from '#fhir-search';
import type { SystemCode, Terminology } from '#terminology';
import { asksCodes, type AskStoredCodes, codesAtMost, type CodesQuestion, keyOf, ownCodes } from './stored-codes.js';

/** What is known of codes: by this process, and by the service that stores value sets and code systems. */
export interface KnownCodes {
  terminology: Terminology;
  storedCodes: AskStoredCodes;
}

/**
 * Criteria with codes in the place of value sets (`:in`) and of places in a hierarchy of codes (`:below`), also within chains
 * and `_has`. What this process does not know is asked by one question for all of them.
 */
export async function codedCriteria(
  criteria: readonly Criterion[],
  reader: Audience,
  known: KnownCodes,
): Promise<Criterion[]> {
  const asked = new Map(criteria.flatMap(questionsOf).map((question) => [keyOf(question), question]));
  if (asked.size === 0) return [...criteria];
  const codes = await codesOf(asked, reader, known);
  return criteria.map((criterion) => coded(criterion, codes));
}

type Codes = ReadonlyMap<string, readonly SystemCode[] | undefined>;

async function codesOf(
  asked: ReadonlyMap<string, CodesQuestion>,
  reader: Audience,
  { terminology, storedCodes }: KnownCodes,
): Promise<Codes> {
  const codes = new Map([...asked].map(([key, question]) => [key, ownCodes(question, terminology)]));
  const unknown = [...asked.values()].filter((question) => codes.get(keyOf(question)) === undefined);
  if (unknown.length === 0) return codes;
  const answers = await storedCodes(unknown, reader);
  unknown.forEach((question, at) => codes.set(keyOf(question), answers[at]));
  return codes;
}

/** Of a criterion and all that lies within it, the parameters. */
function parametersIn(criterion: Criterion): ParameterCriterion[] {
  if ('has' in criterion) return parametersIn(criterion.has.criterion);
  if ('chain' in criterion) return criterion.chain.targets.flatMap((target) => parametersIn(target.criterion));
  return [criterion];
}

function questionsOf(criterion: Criterion): CodesQuestion[] {
  return parametersIn(criterion).flatMap((one) =>
    asksCodes(one) ? one.values.flatMap((value) => questionOf(value, one) ?? []) : [],
  );
}

/** Undefined for a value that names codes itself. */
function questionOf(value: SearchValue, criterion: ParameterCriterion): CodesQuestion | undefined {
  if (value.type === 'valueSet') return { valueSet: value.url };
  const { modifier, parameter } = criterion;
  if (value.type !== 'token' || value.value === undefined || (modifier !== 'above' && modifier !== 'below'))
    return undefined;
  const system = value.system === undefined || value.system === '' ? parameter.system : value.system;
  if (system === undefined) throw refused(criterion, 'the code needs its system, as in system|code');
  return { [modifier]: { system, code: value.value } } as CodesQuestion;
}

function coded(criterion: Criterion, codes: Codes): Criterion {
  if ('has' in criterion) return { has: { ...criterion.has, criterion: coded(criterion.has.criterion, codes) } };
  if (!('chain' in criterion)) return asksCodes(criterion) ? withCodes(criterion, codes) : criterion;
  const { parameter, targets } = criterion.chain;
  const told = targets.map((target) => ({ ...target, criterion: coded(target.criterion, codes) }));
  return { chain: { parameter, targets: told } };
}

function withCodes(criterion: ParameterCriterion, codes: Codes): ParameterCriterion {
  const values = criterion.values.flatMap((value) => {
    const question = questionOf(value, criterion);
    if (!question) return [value];
    const found = codes.get(keyOf(question));
    if (found) return found.map(tokenOf);
    throw refused(criterion, reasons['valueSet' in question ? 'valueSet' : 'hierarchy']);
  });
  if (values.length > codesAtMost) throw tooMany(criterion, values.length);
  const { modifier, ...rest } = criterion;
  // All that lies below or above is named now: an owner elsewhere need not find it again.
  return modifier === 'above' || modifier === 'below' ? { ...rest, values } : { ...criterion, values };
}

const reasons = {
  valueSet: 'the value set is not known here, or cannot be listed',
  hierarchy: 'the code system is not known here with its hierarchy, or the code is not of it',
};

function tokenOf({ system, code }: SystemCode): SearchValue {
  return { type: 'token', system, value: code };
}

function refused({ parameter, modifier }: ParameterCriterion, reason: string): FhirError {
  const diagnostics = `'${parameter.code}:${modifier ?? ''}' cannot be answered: ${reason}.`;
  return FhirError.of('not-supported', diagnostics, { status: 400 });
}

function tooMany({ parameter, modifier }: ParameterCriterion, count: number): FhirError {
  const diagnostics = `'${parameter.code}:${modifier ?? ''}' stands for ${String(count)} codes; at most ${String(codesAtMost)} are sought at once.`;
  return FhirError.of('too-costly', diagnostics, { status: 400 });
}
