import type { Encounter, Identifier, ServiceRequest, Task } from 'fhir/r4';
import { messageIdSystem, returnAddressExtension } from './codes.js';
import { referralReferenceSystem } from './referral-reference.js';

const names: readonly (string | undefined)[] = [messageIdSystem, referralReferenceSystem];

/** The reference that a referral which came as a message is known by. */
export function referenceOf({ identifier = [] }: Task): Identifier | undefined {
  return identifier.find(({ system }) => system === referralReferenceSystem);
}

/** A referral's own Task, in the conversation of the one whose place it takes: its sender is answered as before. */
export function inConversationOf(old: Task, parent: Task): Task {
  const known = (old.identifier ?? []).filter(({ system }) => names.includes(system));
  const returned = (old.extension ?? []).filter(({ url }) => url === returnAddressExtension);
  return {
    ...parent,
    ...(known.length > 0 ? { identifier: [...(parent.identifier ?? []), ...known] } : {}),
    ...(old.groupIdentifier ? { groupIdentifier: old.groupIdentifier } : {}),
    ...(returned.length > 0 ? { extension: [...(parent.extension ?? []), ...returned] } : {}),
  };
}

/** The receiver's Encounter, by which a sender follows its referral. */
export function promisedEncounter(
  serviceRequest: ServiceRequest,
  { id, reference, now }: { id: string; reference: Identifier; now: Date },
): Encounter {
  return {
    resourceType: 'Encounter',
    id,
    identifier: [reference],
    status: 'planned',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
    subject: serviceRequest.subject,
    basedOn: [{ reference: `ServiceRequest/${serviceRequest.id ?? ''}` }],
    period: { start: now.toISOString() },
  };
}
