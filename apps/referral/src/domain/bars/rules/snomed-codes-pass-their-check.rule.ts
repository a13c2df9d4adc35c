import { isSnomedIdentifier, snomedSystem, warning, type Issue } from '#fhir';
import { elementsOf } from '../elements.js';
import { type Message } from '../message.js';

/** Never a fault: two of the NHS's own service codes fail, and the words beside the code are still read. */
export function snomedCodesPassTheirCheck({ entries }: Message): Issue[] {
  return elementsOf(entries).flatMap(({ path, element: { system, code } }) => {
    if (system !== snomedSystem || typeof code !== 'string') return [];
    if (isExpression(code) || isSnomedIdentifier(code)) return [];
    const fails = /^\d+$/.test(code) ? 'fails its check digit' : 'is not a SNOMED CT identifier';
    return [warning('code-invalid', `The SNOMED CT code ${quoted(code)} ${fails}.`, `${path}.code`)];
  });
}

/** A post-coordinated expression holds several identifiers; a terminology service reads it, not this rule. */
function isExpression(code: string): boolean {
  return /[:+={}]/.test(code);
}

/** Free text that stands where a code belongs may be about a person. */
function quoted(code: string): string {
  return /^[A-Za-z0-9]{1,32}$/.test(code) ? code : '(not quoted)';
}
