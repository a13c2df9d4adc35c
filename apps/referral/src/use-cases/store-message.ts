import { Injectable } from '@nestjs/common';
import type { FhirResource, Identifier, Patient, ServiceRequest, Task } from 'fhir/r4';
import { error, FhirError, type Issue, restrictedAs } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import { type Act, FhirStore, type Write } from '#fhir-store';
import type { ReferralMessage } from '../domain/bars/index.js';
import { base, returnAddressExtension } from '../domain/codes.js';
import { promisedEncounter } from '../domain/conversation.js';
import { embed } from '../domain/embed.js';
import { personIsAlive } from '../domain/identity/patient-change.js';
import { messageIdentifier } from '../domain/message-identifier.js';
import { leftOutRemarks, type MessageParts, namingRecords, partsOf } from '../domain/message-parts.js';
import { duplicateRemarks } from '../domain/open-duplicate.js';
import { referralReference } from '../domain/referral-reference.js';
import { JudgeConsent, refuseUnheard } from './judge-consent.js';
import { keptAs, LinkMessage } from './messages/link-message.js';
import { OpenReferral } from './open-referral.js';
import { RecognisePatient, refuseHidden } from './recognise-patient.js';
import { Turns } from './turns.js';

export interface MessageToStore {
  message: ReferralMessage;
  /** HealthcareService that it is addressed to. */
  service: string;
  request: FhirRequest;
  keys: readonly string[];
}

export interface StoredMessage {
  /** What people say on the telephone. */
  reference: Identifier;
  encounterId: string;
  /** The ids here of its resources. */
  ids: ReadonlyMap<FhirResource, string>;
  /** What the sender should know. */
  remarks: readonly Issue[];
}

/** Stores a whole message at once: what is ours as resources, what is others' in the kept message, all in one commit. */
@Injectable()
export class StoreMessage {
  readonly #turns = new Turns();

  constructor(
    private readonly store: FhirStore,
    private readonly linkMessage: LinkMessage,
    private readonly openReferral: OpenReferral,
    private readonly recognisePatient: RecognisePatient,
    private readonly judgeConsent: JudgeConsent,
  ) {}

  /**
   * Somebody who writes the same person's record at the same moment is no reason to refuse: it is read again. Those of one
   * organisation that met once go on one after another, or they would meet again.
   */
  async execute(given: MessageToStore): Promise<StoredMessage> {
    const organisation = given.request.caller.organisation ?? '';
    let stored = await this.#storeOnce(given);
    for (let retry = 1; !stored && retry <= retriesAtMost; retry++) {
      stored = await this.#turns.take(organisation, () => this.#storeOnce(given));
    }
    if (stored) return stored;
    // Not 409: a sender reads that as taken before.
    const diagnostics = 'Other messages about the same person are being taken; send this one again.';
    throw new FhirError([error('transient', diagnostics)], { headers: { 'retry-after': '5' } });
  }

  /** Undefined where another request was faster. */
  async #storeOnce({ message, service, request, keys }: MessageToStore): Promise<StoredMessage | undefined> {
    const parts = partsOf(message);
    refuseUnheard(parts, message);
    const { caller, now, newId } = request;
    const patient = await this.recognisePatient.execute(parts.patient, request);
    refuseHidden(patient, 'ServiceRequest.subject');
    const known = patient.asKept(parts.patient);
    const issues = personIsAlive(known, 'ServiceRequest.subject');
    if (issues.length > 0) throw new FhirError(issues, { status: 422 });
    const ids = idsOf(parts, patient.id, newId);
    const links = await this.linkMessage.execute(message, ids);
    const settled = <R extends FhirResource>(resource: R): R => ({ ...embed(resource, links), id: ids.get(resource) });
    const consents = parts.records.filter((one) => one.resourceType === 'Consent').map(settled);
    const person: Patient = { resourceType: 'Patient', id: patient.id };
    for (const consent of consents) await this.judgeConsent.execute(consent, caller, [person]);
    const said = namingRecords(withAssessment(settled(parts.serviceRequest), message, ids), parts, ids);
    const wish = restrictedAs(said, known);
    const opened = await this.openReferral.execute({
      request: wish,
      consents,
      service,
      caller,
      now,
      newId,
      ...(parts.ownTask ? { task: settled(parts.ownTask) } : {}),
    });
    const { audience, parent } = opened;
    const reference = referralReference(parent.id ?? newId());
    const promised = promisedEncounter(wish, { id: newId(), reference, now });
    const { correlationId } = request.act;
    const kept = keptAs(message, newId(), { ids, links, about: wish });
    const writes: Write[] = [
      ...opened.writes.map((write) => withMessageFacts(write, parent, { message, reference, correlationId, now })),
      ...patient.writes(embed(parts.patient, links), audience),
      ...[...parts.records.map(settled), promised].map((resource): Write => ({
        interaction: 'create',
        resource: restrictedAs(resource, wish),
        audience,
        persons: [patient.id],
      })),
      { interaction: 'create', resource: kept, audience, persons: [patient.id], event: 'message-received.v1' },
    ];
    const target = { type: 'ServiceRequest', id: ids.get(parts.serviceRequest) ?? '' };
    const act = { ...request.act, keys, onceAnswer: { status: 200, target } };
    if (!(await this.#commit(writes, act))) return undefined;
    const remarks = [...patient.remarks, ...leftOutRemarks(parts, message), ...duplicateRemarks(opened.child)];
    return { reference, encounterId: promised.id ?? '', ids, remarks };
  }

  /** False where somebody else wrote the same records first; the same message again is another matter, and told. */
  async #commit(writes: readonly Write[], act: Act): Promise<boolean> {
    try {
      await this.store.commit(writes, act);
      return true;
    } catch (thrown) {
      if (thrown instanceof FhirError && thrown.status === 409) return false;
      throw thrown;
    }
  }
}

const retriesAtMost = 5;

/** The ids here of what is stored or handed over. */
function idsOf(
  { patient, serviceRequest, ownTask, records, answers }: MessageParts,
  patientId: string,
  newId: () => string,
): ReadonlyMap<FhirResource, string> {
  const made = [serviceRequest, ...(ownTask ? [ownTask] : []), ...records, ...answers];
  return new Map<FhirResource, string>([[patient, patientId], ...made.map((one) => [one, newId()] as const)]);
}

/** A response repeats the sender's Encounter, and finds it by the request: which need not say which is the only one of its message. */
function withAssessment(
  request: ServiceRequest,
  { encounter }: ReferralMessage,
  ids: ReadonlyMap<FhirResource, string>,
): ServiceRequest {
  const id = encounter && ids.get(encounter);
  if (request.encounter !== undefined || id === undefined) return request;
  return { ...request, encounter: { reference: `Encounter/${id}` } };
}

interface MessageFacts {
  message: ReferralMessage;
  reference: Identifier;
  correlationId: string;
  now: Date;
}

/** The referral's Task remembers where answers go and by which ids the conversation is known. */
function withMessageFacts(write: Write, parent: Task, { message, reference, correlationId, now }: MessageFacts): Write {
  if (write.interaction !== 'create' || write.resource.id !== parent.id || write.resource.resourceType !== 'Task')
    return write;
  const task: Task = {
    ...write.resource,
    identifier: [...(write.resource.identifier ?? []), reference, messageIdentifier(message, now)],
    groupIdentifier: { system: `${base}/Id/correlation`, value: correlationId },
    extension: [
      ...(write.resource.extension ?? []),
      { url: returnAddressExtension, valueString: message.returnAddress },
    ],
  };
  return { ...write, resource: task };
}
