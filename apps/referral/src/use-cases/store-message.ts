import { Injectable } from '@nestjs/common';
import type { Encounter, FhirResource, Identifier, Patient, ServiceRequest, Task } from 'fhir/r4';
import { error, FhirError, type Issue, ownerOf, publicAudience, referencesIn, resourceIdOf, restrictedAs } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import { type Act, FhirStore, type Write } from '#fhir-store';
import type { ReferralMessage } from '../domain/bars/index.js';
import { base, messageIdSystem, returnAddressExtension } from '../domain/codes.js';
import { directoryPlace, embed, type MessageLinks } from '../domain/embed.js';
import { keptMessage, type MessageParts, partsOf, resourcesOf } from '../domain/message-parts.js';
import { referralReference } from '../domain/referral-reference.js';
import { JudgeConsent } from './judge-consent.js';
import { OpenReferral } from './open-referral.js';
import { ProviderDirectory } from './provider-directory.js';
import { RecognisePatient } from './recognise-patient.js';
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
  /** Ids here, by the fullUrl of the message. */
  ids: ReadonlyMap<string, string>;
  /** What the sender should know. */
  remarks: readonly Issue[];
}

/** Stores a whole message at once: what is ours as resources, what is others' in the kept message, all in one commit. */
@Injectable()
export class StoreMessage {
  readonly #turns = new Turns();

  constructor(
    private readonly store: FhirStore,
    private readonly directory: ProviderDirectory,
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
    const { caller, now, newId } = request;
    const patient = await this.recognisePatient.execute(parts.patient, request);
    const ids = idsOf(parts, patient.id, newId);
    const links = await this.#linksOf(message, ids);
    const settled = <R extends FhirResource>(resource: R): R => ({ ...embed(resource, links), id: ids.get(resource) });
    const consents = parts.records.filter((one) => one.resourceType === 'Consent').map(settled);
    const person: Patient = { resourceType: 'Patient', id: patient.id };
    for (const consent of consents) await this.judgeConsent.execute(consent, caller, [person]);
    const opened = await this.openReferral.execute({
      request: settled(parts.serviceRequest),
      consents,
      service,
      caller,
      now,
      newId,
      ...(parts.ownTask ? { task: settled(parts.ownTask) } : {}),
    });
    const { audience, parent } = opened;
    const reference = referralReference(parent.id ?? newId());
    const promised = promisedEncounter(settled(parts.serviceRequest), { id: newId(), reference, now });
    const encounter = restrictedAs(promised, parts.serviceRequest);
    const { correlationId } = request.act;
    const kept = keptMessage(message, newId(), (one) => keptPart(one, { ids, links }));
    const writes: Write[] = [
      ...opened.writes.map((write) => withMessageFacts(write, parent, { message, reference, correlationId })),
      ...patient.writes(embed(parts.patient, links), audience),
      ...[...parts.records.map(settled), encounter].map((resource): Write => ({
        interaction: 'create',
        resource,
        audience,
      })),
      { interaction: 'create', resource: kept, audience, persons: [patient.id], event: 'message-received.v1' },
    ];
    const target = { type: 'ServiceRequest', id: ids.get(parts.serviceRequest) ?? '' };
    const act = { ...request.act, keys, onceAnswer: { status: 200, target } };
    if (!(await this.#commit(writes, act))) return undefined;
    return { reference, encounterId: encounter.id ?? '', ids: byFullUrl(message, ids), remarks: patient.remarks };
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

  /** Where each resource of the message is found afterwards: here, in the directory, or inside those that need it. */
  async #linksOf(message: ReferralMessage, ids: ReadonlyMap<FhirResource, string>): Promise<MessageLinks> {
    const stored = new Map([...ids].map(([resource, id]) => [resource, `${resource.resourceType}/${id}`]));
    const foreign = new Set<FhirResource>();
    for (const resource of resourcesOf(message)) {
      if (ownerOf(resource.resourceType) !== 'activity-directory') continue;
      const known = await this.#inDirectory(resource);
      if (known === undefined) foreign.add(resource);
      else stored.set(resource, known);
    }
    const resolve = (literal: string) => message.resolve({ reference: literal });
    return { resolve, stored, foreign, directory: await this.#namedOfDirectory(message) };
  }

  /** Directory resources of a message are matched by identifier; they never overwrite the directory's. */
  async #inDirectory(resource: FhirResource): Promise<string | undefined> {
    if (resource.resourceType !== 'HealthcareService' && resource.resourceType !== 'Organization') return undefined;
    for (const { system, value } of resource.identifier ?? []) {
      if (system === undefined || value === undefined) continue;
      const identifier = { system, value };
      const found =
        resource.resourceType === 'HealthcareService'
          ? await this.directory.serviceWith(identifier)
          : await this.directory.organisationWith(identifier);
      if (found?.id !== undefined) return `${resource.resourceType}/${found.id}`;
    }
    return undefined;
  }

  /** What the message names by its id in the directory, as somebody does who searched there. */
  async #namedOfDirectory(message: ReferralMessage): Promise<ReadonlySet<string>> {
    const literals = resourcesOf(message).flatMap((one) =>
      referencesIn(one).map(({ reference }) => reference.reference),
    );
    const places = new Set(literals.map((literal) => directoryPlace(literal ?? '')));
    const named = [...places].map(resourceIdOf).filter((id) => id !== undefined);
    const found = await this.store.readMany(named, publicAudience);
    return new Set(found.map(({ type, id }) => `${type}/${id}`));
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

function keptPart(
  resource: FhirResource,
  { ids, links }: { ids: ReadonlyMap<FhirResource, string>; links: MessageLinks },
): { settled: FhirResource; here: boolean } {
  const id = ids.get(resource);
  if (id !== undefined) return { settled: { ...embed(resource, links), id }, here: true };
  const isDirectory = ownerOf(resource.resourceType) === 'activity-directory';
  return { settled: isDirectory ? resource : embed(resource, links), here: false };
}

function byFullUrl({ bundle }: ReferralMessage, ids: ReadonlyMap<FhirResource, string>): ReadonlyMap<string, string> {
  const named = (bundle.entry ?? []).flatMap(({ fullUrl, resource }): [string, string][] => {
    const id = resource && ids.get(resource as FhirResource);
    return fullUrl === undefined || id === undefined ? [] : [[fullUrl, id]];
  });
  return new Map(named);
}

/** The referral's Task remembers where answers go and by which ids the conversation is known. */
function withMessageFacts(
  write: Write,
  parent: Task,
  { message, reference, correlationId }: { message: ReferralMessage; reference: Identifier; correlationId: string },
): Write {
  if (write.interaction !== 'create' || write.resource.id !== parent.id || write.resource.resourceType !== 'Task')
    return write;
  const task: Task = {
    ...write.resource,
    identifier: [...(write.resource.identifier ?? []), reference, { system: messageIdSystem, value: message.bundleId }],
    groupIdentifier: { system: `${base}/Id/correlation`, value: correlationId },
    extension: [
      ...(write.resource.extension ?? []),
      { url: returnAddressExtension, valueString: message.returnAddress },
    ],
  };
  return { ...write, resource: task };
}

function promisedEncounter(
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
