import type { ValueSet } from 'fhir/r4';
import { error, type Issue, warning } from '#fhir';
import { type AnswerValue, areEqual, valuesOf } from '../answer-value.js';
import type { Form, FormItem } from '../form.js';
import { isObject, type JsonObject, objectsIn } from '../json-shape.js';
import type { Given } from './answer-has-its-type.rule.js';

/** The answer is one of the options: a Coding by system and code, anything else by its value. */
export function answerIsOffered({ value, path }: Given, { item }: FormItem, form: Form): Issue[] {
  if (item.type === 'open-choice' && value.type === 'String') return [];
  const options = objectsIn(item.answerOption).flatMap((option) => valuesOf(option, 'value'));
  if (options.length > 0) return options.some((option) => areEqual(option, value)) ? [] : [notOffered(value, path)];
  if (item.answerValueSet === undefined || value.type !== 'Coding') return [];
  const codings = codingsIn(item.answerValueSet, form);
  if (codings === undefined) {
    return [warning('not-supported', `The answer to ${item.linkId} could not be checked against its value set.`, path)];
  }
  return codings.some((coding) => areEqual({ type: 'Coding', value: coding }, value)) ? [] : [notOffered(value, path)];
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
