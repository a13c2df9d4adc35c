import type { Bundle, BundleEntry, FhirResource, Patient, Reference, ServiceRequest, Task } from 'fhir/r4';
import { FhirError, type Issue, ownerOf, referencesIn, warning } from '#fhir';
import type { ReadMessage, ReferralMessage } from './bars/index.js';
import { messageIdSystem } from './codes.js';
import { isOfPerson } from './message-person.js';

/** What of a message becomes resources of their own. All else stays in the kept message only. */
export interface MessageParts {
  patient: Patient;
  serviceRequest: ServiceRequest;
  /** The Task that the requester sent for its ServiceRequest: it becomes the referral's. */
  ownTask: Task | undefined;
  /** Supporting facts that are stored beside the referral. */
  records: FhirResource[];
  /** For the questionnaire service, which judges them by its own rules. */
  answers: FhirResource[];
  /** What of these types speaks of somebody else, or of nobody who is known: it stays in the kept message. */
  leftOut: FhirResource[];
  /** What no record of a referral can be, and goes with none: it stays in the kept message. */
  unheld: FhirResource[];
}

const recordTypes: readonly string[] = [
  'Encounter',
  'CarePlan',
  'Condition',
  'Consent',
  'Flag',
  'Communication',
  'RelatedPerson',
  'AllergyIntolerance',
  'MedicationStatement',
  'Procedure',
  'Goal',
  'Device',
  'EpisodeOfCare',
];
const answerTypes: readonly string[] = ['Observation', 'QuestionnaireResponse'];
const takenTypes: readonly string[] = [...recordTypes, ...answerTypes, 'Task'];

/** A part that speaks of somebody else than the person of the referral is none of it. */
export function partsOf(message: ReferralMessage): MessageParts {
  const { serviceRequest } = message;
  const patient = message.resolve(serviceRequest.subject);
  if (patient?.resourceType !== 'Patient') {
    throw FhirError.of('invalid', "ServiceRequest.subject is not this message's Patient.");
  }
  const person = { patient, resolve: message.resolve };
  const all = resourcesOf(message);
  const fitting = all.filter((one) => isOfPerson(one, person));
  return {
    patient,
    serviceRequest,
    ownTask: requesterTask(fitting, message),
    records: fitting.filter(({ resourceType }) => recordTypes.includes(resourceType)),
    answers: fitting.filter(({ resourceType }) => answerTypes.includes(resourceType)),
    leftOut: all.filter((one) => takenTypes.includes(one.resourceType) && !fitting.includes(one)),
    unheld: unheldOf(all, message),
  };
}

/** What the sender should know of what was left out. */
export function leftOutRemarks({ leftOut, unheld }: MessageParts, message: Pick<ReadMessage, 'bundle'>): Issue[] {
  const remark = (one: FhirResource, said: string) =>
    warning('informational', `This ${one.resourceType} ${said}`, pathOf(one, message));
  return [
    ...leftOut.map((one) =>
      remark(
        one,
        'is not about the Patient of the message: it stays in the kept message and is no record of the referral.',
      ),
    ),
    ...unheld.map((one) =>
      remark(one, 'is no record of the referral: it stays in the kept message, where the provider does not read it.'),
    ),
  ];
}

/** Documents, and what is of a type that nobody holds here unless something else of the message brings it along. */
function unheldOf(all: readonly FhirResource[], { resolve }: Pick<ReadMessage, 'resolve'>): FhirResource[] {
  const isHeld = ({ resourceType }: FhirResource) => ownerOf(resourceType) !== undefined;
  const others = all.filter(({ resourceType }) => resourceType !== 'MessageHeader');
  const named = new Set(
    others.filter(isHeld).flatMap((one) => referencesIn(one).map(({ reference }) => resolve(reference))),
  );
  return others.filter((one) => ownerOf(one.resourceType) === 'outcomes' || !(isHeld(one) || named.has(one)));
}

/** The request, naming every record of its message: by that they are seen by whoever sees the referral, and by nobody else. */
export function namingRecords(
  request: ServiceRequest,
  { records }: MessageParts,
  ids: ReadonlyMap<FhirResource, string>,
): ServiceRequest {
  const places = records.flatMap((one) => (ids.has(one) ? [`${one.resourceType}/${ids.get(one) ?? ''}`] : []));
  return alsoNaming(
    request,
    places.map((reference) => ({ reference })),
  );
}

/** The request with those in `supportingInfo` that it does not name yet, anywhere. */
export function alsoNaming(request: ServiceRequest, references: readonly Reference[]): ServiceRequest {
  const named = new Set(referencesIn(request).map(({ reference }) => reference.reference));
  const unnamed = references.filter(({ reference }) => !named.has(reference) && named.add(reference));
  if (unnamed.length === 0) return request;
  return { ...request, supportingInfo: [...(request.supportingInfo ?? []), ...unnamed] };
}

/** Where a resource stands in its message: `Bundle.entry[2].resource`. */
export function pathOf(resource: FhirResource, { bundle }: Pick<ReadMessage, 'bundle'>): string {
  const at = (bundle.entry ?? []).findIndex((entry) => entry.resource === resource);
  return `Bundle.entry[${String(at)}].resource`;
}

export function resourcesOf({ bundle }: Pick<ReadMessage, 'bundle'>): FhirResource[] {
  return (bundle.entry ?? [])
    .map(({ resource }) => resource as FhirResource | undefined)
    .filter((one) => one !== undefined);
}

/**
 * The message as it was taken: its header and every resource. A resource that was stored or handed over stands under the id that
 * it has here, with that as fullUrl; any other under the name that the sender gave it.
 */
export function keptMessage(
  message: Pick<ReadMessage, 'bundle' | 'bundleId' | 'timestamp' | 'header'>,
  id: string,
  settle: (resource: FhirResource) => { settled: FhirResource; here: boolean },
): Bundle {
  const entries = (message.bundle.entry ?? []).flatMap(({ fullUrl, resource }): BundleEntry[] => {
    if (!resource || resource.resourceType === 'MessageHeader') return [];
    const { settled, here } = settle(resource as FhirResource);
    if (here) return [{ fullUrl: `${settled.resourceType}/${settled.id ?? ''}`, resource: settled }];
    return [{ ...(isAbsolute(fullUrl) ? { fullUrl } : {}), resource: settled }];
  });
  return {
    resourceType: 'Bundle',
    id,
    identifier: { system: messageIdSystem, value: message.bundleId },
    type: 'collection',
    timestamp: message.timestamp,
    entry: [{ resource: message.header }, ...entries],
  };
}

/** It names the ServiceRequest, or it is the only Task of the message and names nothing. */
function requesterTask(parts: readonly FhirResource[], { serviceRequest, resolve }: ReferralMessage): Task | undefined {
  const tasks = parts.filter((one) => one.resourceType === 'Task');
  const named = tasks.find(({ focus }) => resolve(focus) === serviceRequest);
  const [only, ...others] = tasks;
  return named ?? (others.length === 0 && only?.focus === undefined ? only : undefined);
}

function isAbsolute(fullUrl: string | undefined): boolean {
  return fullUrl !== undefined && /^[a-z][a-z0-9+.-]*:/i.test(fullUrl);
}
