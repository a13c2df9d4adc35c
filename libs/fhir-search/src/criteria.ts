import { FhirError } from '#fhir';
import type { Budget } from './limits.js';
import { isBeingIndexed } from './loaded-parameters.js';
import { modifiersOf, targetModifiers } from './modifiers.js';
import { searchableTypes, searchParameter, searchParametersOf } from './parameters.js';
import { malformed, notYet, quoted, tooCostly, unknown, unsupported } from './refusal.js';
import { resultParameterNames } from './result-parameter-names.js';
import type { ChainCriterion, Criterion, ParameterCriterion, ReverseCriterion, SearchParameter } from './search.js';
import { type Asked, searchValuesOf } from './search-values.js';
import { split } from './split.js';

/** `subject:Patient.name=x`, or what of it is left behind the first steps. */
export interface Question {
  name: string;
  text: string;
}

/** What is known while one search is read. */
export interface Reading {
  budget: Budget;
  /** Steps taken so far. */
  depth: number;
  /** Own address of the server: `<baseUrl>/Task/1` is its Task/1. */
  baseUrl?: string | undefined;
}

/** One parameter as a criterion. Throws FhirError where the parameter, its modifier or a value is not understood. */
export function criterionOf(type: string, question: Question, reading: Reading): Criterion {
  reading.budget.spendBranch();
  if (reading.depth === 0) requireFewSteps(question.name, reading);
  if (question.name.startsWith('_has:')) return reverseOf(type, question, deeper(reading));
  if (question.name.includes('.')) return chainOf(type, question, deeper(reading));
  return plainCriterionOf(type, question, reading);
}

function deeper(reading: Reading): Reading {
  return { ...reading, depth: reading.depth + 1 };
}

function requireFewSteps(name: string, { budget: { limits } }: Reading): void {
  const steps = name.match(/\.|_has:/g)?.length ?? 0;
  if (steps > limits.depth) throw tooCostly(`A chain has at most ${String(limits.depth)} steps, '_has' among them.`);
}

/** `_has:Task:focus:owner=x`: what follows the reference is asked of the type that has it. */
function reverseOf(type: string, { name, text }: Question, reading: Reading): ReverseCriterion {
  const [, source = '', code = '', ...rest] = name.split(':');
  if (rest.length === 0) throw unsupported("'_has' is written as _has:Type:reference:parameter.");
  if (!searchableTypes().includes(source)) throw unknown("The '_has' resource type", source, searchableTypes());
  const parameter = referenceOf(source, code);
  if (!targetModifiers(parameter).includes(type))
    throw unsupported(`'_has' ${source}:${parameter.code} does not point to ${type}.`);
  return { has: { type: source, parameter, criterion: criterionOf(source, { name: rest.join(':'), text }, reading) } };
}

/** The reference parameter of this code. */
export function referenceOf(type: string, code: string): SearchParameter {
  const parameter = searchParameter(type, code);
  if (parameter?.type === 'reference') return ready(type, parameter);
  const references = searchParametersOf(type).filter((each) => each.type === 'reference');
  const codes = references.map((each) => each.code);
  throw unknown(`${type}'s reference parameter`, code, codes);
}

/** `subject:Patient.name=x`; without a type every type is asked that the reference may point to and that has the parameter. */
function chainOf(type: string, { name, text }: Question, reading: Reading): ChainCriterion {
  const dot = name.indexOf('.');
  const [code = '', target, ...more] = name.slice(0, dot).split(':');
  const rest = name.slice(dot + 1);
  if (more.length > 0) throw unsupported(`${quoted(name)} has more than one modifier.`);
  const parameter = knownParameter(type, code);
  const possible = chainTargets(type, parameter);
  if (target !== undefined && !possible.includes(target)) throw unknown(`The '${code}' modifier`, target, possible);
  const wanted = target === undefined ? typesThatHave(rest, possible) : [target];
  return { chain: { parameter, targets: targetsOf(wanted, { name: rest, text }, reading) } };
}

function chainTargets(type: string, parameter: SearchParameter): string[] {
  const targets = targetModifiers(parameter);
  if (targets.length > 0) return targets;
  const chainable = searchParametersOf(type).filter((each) => targetModifiers(each).length > 0);
  const named = chainable.map(({ code }) => code).join(', ');
  throw unsupported(
    `A chain goes along a reference: '${parameter.code}' of ${type} is none; it has ${named || 'none'}.`,
  );
}

function typesThatHave(rest: string, possible: readonly string[]): readonly string[] {
  const seen = new Map<string, boolean>();
  const having = possible.filter((type) => isKnown(type, rest, seen));
  if (having.length > 0) return having;
  const code = headOf(rest);
  // Its own refusal tells what is wrong further on.
  const begun = possible.find((type) => searchParameter(type, code) !== undefined);
  if (begun !== undefined) return [begun];
  const codes = new Set(possible.flatMap((type) => searchParametersOf(type).map((parameter) => parameter.code)));
  throw unknown(`The chained parameter`, code, ['_id', '_lastUpdated', ...codes]);
}

function headOf(name: string): string {
  return name.split(/[.:]/, 1)[0] ?? '';
}

/** Whether the names of a chain are known on any way; whether its modifiers and values are is seen when it is read. */
function isKnown(type: string, name: string, seen: Map<string, boolean>): boolean {
  if (name.startsWith('_has:')) return true;
  const parameter = searchParameter(type, headOf(name));
  const dot = name.indexOf('.');
  if (parameter === undefined || dot < 0) return parameter !== undefined;
  const key = `${type}.${name}`;
  const known =
    seen.get(key) ?? targetModifiers(parameter).some((target) => isKnown(target, name.slice(dot + 1), seen));
  seen.set(key, known);
  return known;
}

/** Where one type's answer would cost too much or be incomplete, the whole is. */
const decisive: readonly string[] = ['too-costly', 'incomplete'];

/** A value may have the form of one type's parameter and not of another's: that type is then not asked. */
function targetsOf(
  types: readonly string[],
  rest: Question,
  reading: Reading,
): { type: string; criterion: Criterion }[] {
  const faults: FhirError[] = [];
  const targets = types.flatMap((type) => {
    try {
      return [{ type, criterion: criterionOf(type, rest, reading) }];
    } catch (fault) {
      if (!(fault instanceof FhirError) || fault.issues.some(({ code }) => decisive.includes(code))) throw fault;
      faults.push(fault);
      return [];
    }
  });
  if (targets.length === 0 && faults[0] !== undefined) throw faults[0];
  return targets;
}

/** `status:not=completed,failed`. */
function plainCriterionOf(type: string, { name, text }: Question, reading: Reading): ParameterCriterion {
  const [code = '', modifier, ...more] = name.split(':');
  const parameter = knownParameter(type, code);
  if (more.length > 0) throw unsupported(`${quoted(name)} has more than one modifier.`);
  if (modifier !== undefined) requireModifier(parameter, modifier);
  if (modifier === 'missing') return { parameter, modifier, missing: missingOf(name, text), values: [] };
  const asked: Asked = { name, parameter, modifier, baseUrl: reading.baseUrl };
  const values = split(text, ',').flatMap((value) => searchValuesOf(asked, value));
  if (parameter.type === 'special' && values.length > 1) throw malformed(name, 'one place is expected');
  reading.budget.spendValues(values.length);
  return { parameter, ...keptModifier(modifier), values };
}

/** The parameter of this code, or a refusal that says by its own name what this server does not do. */
export function knownParameter(type: string, code: string): SearchParameter {
  const parameter = searchParameter(type, code);
  if (parameter !== undefined) return ready(type, parameter);
  const reason = notOffered.get(code);
  if (reason !== undefined) throw unsupported(`'${code}' is not supported${reason}.`);
  throw unknown(`${type}'s search parameter`, code, knownCodes(type, code));
}

function ready(type: string, parameter: SearchParameter): SearchParameter {
  if (isBeingIndexed(parameter)) throw notYet(type, parameter.code);
  return parameter;
}

/** Whoever writes an underscore means one of those that all types have. */
function knownCodes(type: string, code: string): string[] {
  const codes = searchParametersOf(type).map((parameter) => parameter.code);
  const all = ['_id', '_lastUpdated', ...codes, '_has', ...resultParameterNames];
  return all.filter((each) => each.startsWith('_') === code.startsWith('_'));
}

/** Of the specification, but not offered; each with its reason where there is more to say. */
const notOffered: ReadonlyMap<string, string> = new Map([
  ['_contained', ': contained resources are found with what contains them only'],
  ['_containedType', ': contained resources are found with what contains them only'],
  ['_content', ': no index here holds whole texts'],
  ['_filter', ''],
  ['_list', ''],
  ['_query', ''],
  ['_score', ''],
  ['_text', ': no index here holds whole texts'],
  ['_type', ': name the type in the address'],
  ['phonetic', ': no index here finds by sound'],
]);

function requireModifier(parameter: SearchParameter, modifier: string): void {
  const allowed = [...modifiersOf(parameter), ...targetModifiers(parameter)];
  if (allowed.includes(modifier)) return;
  if (allowed.length === 0) throw unsupported(`'${parameter.code}' takes no modifier.`);
  throw unknown(`The '${parameter.code}' modifier`, modifier, allowed);
}

function missingOf(name: string, text: string): boolean {
  if (text !== 'true' && text !== 'false') throw malformed(name, 'true or false is expected');
  return text === 'true';
}

/** A type as modifier has gone into the values. */
function keptModifier(modifier: string | undefined): Pick<ParameterCriterion, 'modifier'> {
  const kept = keptModifiers.find((each) => each === modifier);
  return kept === undefined ? {} : { modifier: kept };
}

const keptModifiers = [
  'exact',
  'contains',
  'not',
  'identifier',
  'in',
  'not-in',
  'above',
  'below',
  'of-type',
  'text',
] as const;
