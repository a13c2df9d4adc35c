import type { ValueSet } from 'fhir/r4';
import { error, type Issue, warning } from '#fhir';
import { type AnswerValue, areEqual, valuesOf } from '../answer-value.js';
import type { Form, FormItem } from '../form.js';
import { isObject, type JsonObject, objectsIn } from '../json-shape.js';
import type { Given } from './answer-has-its-type.rule.js';

/** The answer is one of the options: a Coding by system and code (by its display where the option has no code), anything else by its value. */
export function answerIsOffered({ value, path }: Given, definition: FormItem, form: Form): Issue[] {
  const { linkId, type } = definition.item;
  if (type === 'open-choice' && value.type === 'String') return [];
  const offer = offerOf(definition, form);
  if (offer === 'anything') return [];
  if (offer === 'unknown') {
    return [warning('not-supported', `The answer to ${linkId} could not be checked against its value set.`, path)];
  }
  const offered =
    value.type === 'Coding'
      ? offer.codings.has(codingKey(value.value))
      : offer.others.some((option) => areEqual(option, value));
  return offered ? [] : [notOffered(value, path)];
}

interface Options {
  codings: ReadonlySet<string>;
  others: readonly AnswerValue[];
}

/** `unknown`: a value set that takes a terminology server to know. */
type Offer = Options | 'anything' | 'unknown';

const offers = new WeakMap<FormItem, Offer>();

function offerOf(definition: FormItem, form: Form): Offer {
  const known = offers.get(definition);
  if (known) return known;
  const offer = readOffer(definition, form);
  offers.set(definition, offer);
  return offer;
}

function readOffer({ item }: FormItem, form: Form): Offer {
  const options = objectsIn(item.answerOption).flatMap((option) => valuesOf(option, 'value'));
  if (options.length > 0) {
    const codings = options.filter(({ type }) => type === 'Coding').map(({ value }) => codingKey(value));
    return { codings: new Set(codings), others: options.filter(({ type }) => type !== 'Coding') };
  }
  if (item.answerValueSet === undefined) return 'anything';
  const codings = codingsIn(item.answerValueSet, form);
  return codings ? { codings: new Set(codings.map(codingKey)), others: [] } : 'unknown';
}

function codingKey(coding: unknown): string {
  if (!isObject(coding)) return '';
  const { system = null, code = null, display = null } = coding;
  return JSON.stringify(code === null ? [system, code, display] : [system, code]);
}

function notOffered({ type, value }: AnswerValue, path: string): Issue {
  const code = type === 'Coding' && isObject(value) ? value['code'] : undefined;
  const quotable = typeof code === 'string' && /^[\w.:-]{1,40}$/.test(code);
  return error(
    'code-invalid',
    `${quotable ? `The code ${code}` : 'This value'} is not among the answers of this item.`,
    path,
  );
}

/** The codings of a contained value set that lists them all; undefined where it takes a terminology server to know. */
function codingsIn(reference: string, { questionnaire }: Form): JsonObject[] | undefined {
  const contained = questionnaire.contained?.find(({ id }) => reference === `#${id ?? ''}`);
  if (contained?.resourceType !== 'ValueSet') return undefined;
  const valueSet = contained as ValueSet;
  return valueSet.expansion ? expanded(valueSet.expansion.contains) : composed(valueSet);
}

function expanded(contains: unknown): JsonObject[] {
  return objectsIn(contains).flatMap((concept) => [
    ...(concept['abstract'] === true ? [] : [concept]),
    ...expanded(concept['contains']),
  ]);
}

function composed({ compose }: ValueSet): JsonObject[] | undefined {
  const includes = objectsIn(compose?.include);
  const listed = includes.every(({ concept, filter, valueSet }) => concept && !filter && !valueSet);
  if (!listed || includes.length === 0 || compose?.exclude !== undefined) return undefined;
  return includes.flatMap(({ system, concept }) => objectsIn(concept).map(({ code }) => ({ system, code })));
}
