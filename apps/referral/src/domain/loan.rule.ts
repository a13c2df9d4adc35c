import type { Device } from 'fhir/r4';
import { error, idIn, type Issue } from '#fhir';
import { base } from './codes.js';
import { extensionOf } from './extensions.js';

export const loanStateSystem = `${base}/CodeSystem/loan-state`;
export const loanStateExtension = `${base}/StructureDefinition/loan-state`;
/** Until when: date. */
export const loanDueExtension = `${base}/StructureDefinition/loan-due`;
/** When it came back or was known to be lost: date. */
export const loanEndedExtension = `${base}/StructureDefinition/loan-ended`;

const loanStates: readonly string[] = ['out', 'returned', 'lost'];

/** What a loan says: whose it is, who has it, until when; and, once it ended, when. */
export function loanIsWhole(device: Device): Issue[] {
  const state = extensionOf(device, loanStateExtension);
  if (state === undefined) return [];
  const code = state.valueCodeableConcept?.coding?.find(({ system }) => system === loanStateSystem)?.code;
  const has = (url: string) => extensionOf(device, url)?.valueDate !== undefined;
  const isOut = code === 'out';
  const demands: [boolean, string, string][] = [
    [loanStates.includes(code ?? ''), `is ${loanStates.join(', ')} (${loanStateSystem})`, 'extension'],
    [idIn(device.owner, 'Organization') !== undefined, 'names the Organization whose it is (owner)', 'owner'],
    [idIn(device.patient, 'Patient') !== undefined, 'names who has it (patient)', 'patient'],
    [!isOut || has(loanDueExtension), `says until when: ${loanDueExtension} (valueDate)`, 'extension'],
    [
      isOut !== has(loanEndedExtension),
      `says when it ended, and only then: ${loanEndedExtension} (valueDate)`,
      'extension',
    ],
  ];
  return demands
    .filter(([isMet]) => !isMet)
    .map(([, words, element]) => error('required', `A loan ${words}.`, `Device.${element}`));
}
