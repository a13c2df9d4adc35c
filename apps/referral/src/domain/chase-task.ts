import type { DocumentReference, Task } from 'fhir/r4';
import { idIn } from '#fhir';
import { base, hasCode } from './codes.js';

const system = `${base}/CodeSystem/operational-task`;
const code = 'chase-acknowledgement';
const acknowledgement = `${base}/StructureDefinition/acknowledgement`;

/** One for each summary: whoever asks twice finds the same. */
export function chaseTaskId(documentId: string): string {
  return `chase-${documentId}`;
}

/** Asks somebody at the provider to find out whether the practice has an outcome summary that it did not acknowledge. */
export function chaseTask(document: DocumentReference, authoredOn: string): Task {
  const { id = '', meta, subject, custodian, context } = document;
  const basedOn = (context?.related ?? []).filter((reference) => idIn(reference, 'ServiceRequest') !== undefined);
  return {
    resourceType: 'Task',
    id: chaseTaskId(id),
    ...(meta?.security && { meta: { security: meta.security } }),
    status: 'requested',
    intent: 'order',
    code: { coding: [{ system, code, display: 'Chase the acknowledgement' }] },
    description:
      'The practice has not said in time that it received this outcome summary. Ask it, or send the page another way; then ' +
      'set this Task to completed with a note.',
    focus: { reference: `DocumentReference/${id}` },
    ...(subject && { for: subject }),
    ...(basedOn.length > 0 && { basedOn }),
    authoredOn,
    lastModified: authoredOn,
    ...(custodian && { owner: custodian }),
  };
}

export function isChase({ code: concept }: Task): boolean {
  return hasCode(concept, system, code);
}

/** What becomes of the Task when its summary changes; undefined where it stays as it is. */
export function chaseStatusFor({ status, extension = [] }: DocumentReference): Task['status'] | undefined {
  if (status !== 'current') return 'cancelled';
  const state = extension.find(({ url }) => url === acknowledgement)?.valueCode;
  if (state === 'chased') return 'requested';
  return state === 'acknowledged' ? 'completed' : undefined;
}
