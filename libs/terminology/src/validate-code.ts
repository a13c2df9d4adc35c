import type { Coding } from 'fhir/r4';
import { FhirError } from '#fhir';
import { type CodeGroup, type ListedCode, listedConcept } from './code-group.js';
import type { CodeSystemIndex } from './code-system-index.js';
import type { LoadedTerminology } from './loaded-terminology.js';

/** What is said of a code: `display` is the right one, `message` why the answer is no. */
export interface CodeVerdict {
  result: boolean;
  message?: string;
  display?: string;
}

export interface ValidateOptions {
  /** False: what only groups others is not right here. */
  abstract?: boolean | undefined;
}

/** Whether one of the codings is in a value set. https://hl7.org/fhir/R4/valueset-operation-validate-code.html */
export function validateInValueSet(
  { group, terminology, url }: { group: CodeGroup; terminology: LoadedTerminology; url: string },
  codings: readonly Coding[],
  options: ValidateOptions,
): CodeVerdict {
  const verdicts = codings.map((coding) => {
    const held = group.has(coding.code ?? '', coding.system);
    if (held === undefined) return undefined;
    if (!held) return no(`The code ${nameOf(coding)} is not in the value set ${url}.`);
    return judged(describedIn(group, coding) ?? systemSays(terminology, coding), coding, options);
  });
  return best(verdicts, () => cannotTell(`whether the value set ${url} holds the code`, group.gaps));
}

/** Whether a system has one of these codes. https://hl7.org/fhir/R4/codesystem-operation-validate-code.html */
export function validateInSystem(
  index: CodeSystemIndex,
  codings: readonly Coding[],
  options: ValidateOptions,
): CodeVerdict {
  const verdicts = codings.map((coding) => {
    const { system = index.url, code = '' } = coding;
    if (system !== index.url) return no(`The code ${nameOf(coding)} is not of the code system ${index.url}.`);
    const concept = index.get(code);
    if (concept) return judged(listedConcept(concept, index), coding, options);
    return index.complete ? no(`The code ${nameOf(coding)} is not in the code system ${index.url}.`) : undefined;
  });
  const gap = `Of the code system ${index.url} only examples are known here.`;
  return best(verdicts, () => cannotTell('whether the code exists', [gap]));
}

/** Yes where one coding is right; no only where nothing is left open. */
function best(verdicts: readonly (CodeVerdict | undefined)[], open: () => FhirError): CodeVerdict {
  const right = verdicts.find((verdict) => verdict?.result === true);
  if (right) return right;
  if (verdicts.includes(undefined)) throw open();
  const messages = verdicts.map((verdict) => verdict?.message ?? '');
  const display = verdicts.find((verdict) => verdict?.display !== undefined)?.display;
  return { ...no(messages.join(' ')), ...(display === undefined ? {} : { display }) };
}

function judged(said: ListedCode | undefined, coding: Coding, { abstract }: ValidateOptions): CodeVerdict {
  const display = said?.display;
  const shown = display === undefined ? {} : { display };
  if (abstract === false && said?.abstract === true)
    return { ...no(`The code ${nameOf(coding)} only groups others.`), ...shown };
  if (coding.display !== undefined && said !== undefined && !isDisplay(coding.display, said))
    return { ...no(`The display of ${nameOf(coding)} is another: ${display ?? 'none'}.`), ...shown };
  return { result: true, ...shown };
}

function describedIn(group: CodeGroup, { system, code = '' }: Coding): ListedCode | undefined {
  return group.list()?.find((each) => each.system === system && each.code === code);
}

function systemSays(terminology: LoadedTerminology, { system = '', code = '' }: Coding): ListedCode | undefined {
  const index = terminology.codeSystem(system);
  const concept = index?.get(code);
  return index && concept && listedConcept(concept, index);
}

/** Case and spaces do not make another display; a designation is as good. Nothing known, nothing wrong. */
function isDisplay(text: string, { display, designations }: ListedCode): boolean {
  const known = [...(display === undefined ? [] : [display]), ...designations.map(({ value }) => value)].map(plain);
  return known.length === 0 || known.includes(plain(text));
}

function plain(text: string): string {
  return text.trim().replace(/\s+/g, ' ').toLowerCase();
}

function no(message: string): CodeVerdict {
  return { result: false, message };
}

/** A code may be anything that a client sent: it is repeated only where it looks like one. */
function nameOf({ system, code = '' }: Coding): string {
  const shown = /^[A-Za-z0-9._:/-]{1,40}$/.test(code) ? `'${code}'` : '(not of the form of a code)';
  return system === undefined || !/^[\x21-\x7e]{1,200}$/.test(system) ? shown : `${shown} of ${system}`;
}

function cannotTell(what: string, gaps: readonly string[]): FhirError {
  return FhirError.of('not-supported', `It cannot be told here ${what}. ${gaps.slice(0, 3).join(' ')}`.trim(), {
    status: 422,
  });
}
