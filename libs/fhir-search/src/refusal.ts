import { FhirError } from '#fhir';
import { nearest } from './nearest.js';

/** A value that is not of its form. The value itself may be somebody's identifier and is never repeated. */
export function malformed(name: string, expected: string): FhirError {
  return FhirError.of('value', `The value of ${quoted(name)} is not understood: ${expected}.`, { status: 400 });
}

/** A feature of the specification that this server does not offer. */
export function unsupported(what: string): FhirError {
  return FhirError.of('not-supported', what, { status: 400 });
}

/** Of what is longer than any name none is near. */
const longestWord = 40;

/** A word that is none of the known ones. */
export function unknown(what: string, word: string, known: readonly string[]): FhirError {
  const closest = isSpeakable(word) && word.length <= longestWord ? nearest(word, known) : undefined;
  const hint = closest === undefined ? '' : ` The nearest known one is '${closest}'.`;
  return unsupported(`${what} ${quoted(word)} is not known.${hint}`);
}

/** A parameter that came while the service runs: what was stored before is not yet found by it. */
export function notYet(type: string, code: string): FhirError {
  const said = `${type}'s search parameter '${code}' is being indexed; it can be searched by when that is done.`;
  return FhirError.of('incomplete', said, { status: 400 });
}

export function tooCostly(what: string): FhirError {
  return FhirError.of('too-costly', what, { status: 400 });
}

/** The name of a parameter, where it has the form of one: anything may stand in a query string. */
export function quoted(word: string): string {
  return isSpeakable(word) ? `'${word}'` : '(not of the form of a name)';
}

function isSpeakable(word: string): boolean {
  return /^_?[A-Za-z][A-Za-z:._-]{0,199}$/.test(word);
}
