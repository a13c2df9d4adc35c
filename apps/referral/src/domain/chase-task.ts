import type { DocumentReference, Reference, Task } from 'fhir/r4';
import { type Audience, idIn } from '#fhir';
import { base, hasCode } from './codes.js';

const system = `${base}/CodeSystem/operational-task`;
const code = 'chase-acknowledgement';
const acknowledgement = `${base}/StructureDefinition/acknowledgement`;

/** One for each summary: whoever asks twice finds the same. */
export function chaseTaskId(documentId: string): string {
  return `chase-${documentId}`;
}

/**
 * Who chases a summary with these readers: the provider that it is by; where it may not read it, since several were asked or a
 * Consent withholds it, the practice itself.
 */
export function chaserOf(
  { custodian }: DocumentReference,
  { readers, requester }: { readers: Audience; requester: Reference | undefined },
): Reference | undefined {
  const provider = idIn(custodian, 'Organization');
  const mayRead = readers.some((mark) => mark.split('#', 1)[0] === provider);
  return mayRead ? custodian : requester;
}

/** Asks somebody to find out whether the practice has an outcome summary that it did not acknowledge. */
export function chaseTask(
  document: DocumentReference,
  { authoredOn, owner }: { authoredOn: string; owner: Reference | undefined },
): Task {
  const { id = '', meta, subject, custodian, context } = document;
  const isProviders = idIn(owner, 'Organization') === idIn(custodian, 'Organization');
  const basedOn = (context?.related ?? []).filter((reference) => idIn(reference, 'ServiceRequest') !== undefined);
  return {
    resourceType: 'Task',
    id: chaseTaskId(id),
    ...(meta?.security && { meta: { security: meta.security } }),
    status: 'requested',
    intent: 'order',
    code: { coding: [{ system, code, display: 'Chase the acknowledgement' }] },
    description: isProviders ? askPractice : seeToIt,
    focus: { reference: `DocumentReference/${id}` },
    ...(subject && { for: subject }),
    ...(basedOn.length > 0 && { basedOn }),
    authoredOn,
    lastModified: authoredOn,
    ...(owner && { owner }),
  };
}

const askPractice =
  'The practice has not said in time that it received this outcome summary. Ask it, or send the page another way; then ' +
  'set this Task to completed with a note.';
const seeToIt =
  'Nobody here has said in time that this outcome summary came. See that the right person has it, and say so with ' +
  '$acknowledge-summary; that completes this Task.';

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
