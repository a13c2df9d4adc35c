import { Injectable } from '@nestjs/common';
import type { Bundle, Encounter, FhirResource, Identifier, ServiceRequest, Task } from 'fhir/r4';
import { idIn, ownerOf } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import { FhirStore, type Write } from '#fhir-store';
import type { ReferralMessage } from '../domain/bars/index.js';
import { base, messageIdSystem, returnAddressExtension } from '../domain/codes.js';
import { embed, type MessageLinks } from '../domain/embed.js';
import { referralReference } from '../domain/referral-reference.js';
import { OpenReferral } from './open-referral.js';
import { ProviderDirectory } from './provider-directory.js';
import { RecognisePatient } from './recognise-patient.js';

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
}

/** Stores a whole message at once: what is ours as resources, what is others' in the kept message, all in one commit. */
@Injectable()
export class StoreMessage {
  constructor(
    private readonly store: FhirStore,
    private readonly directory: ProviderDirectory,
    private readonly openReferral: OpenReferral,
    private readonly recognisePatient: RecognisePatient,
  ) {}

  async execute({ message, service, request, keys }: MessageToStore): Promise<StoredMessage> {
    const patient = await this.recognisePatient.execute(message.patient, request);
    const { links, ids } = await this.#linksOf(message, { patientId: patient.id, request });
    const settled =
      message.bundle.entry?.flatMap(({ fullUrl, resource }) => this.#settled(fullUrl, resource, { links, ids })) ?? [];
    const serviceRequest = settled.find((one) => one.resourceType === 'ServiceRequest');
    if (serviceRequest?.resourceType !== 'ServiceRequest') throw new Error('The message lost its ServiceRequest.');
    const ownTask = requesterTask(settled, serviceRequest.id);
    const { caller, now, newId } = request;
    const opened = await this.openReferral.execute({
      request: serviceRequest,
      service,
      caller,
      now,
      newId,
      ...(ownTask ? { task: ownTask } : {}),
    });
    const { audience, parent } = opened;
    const reference = referralReference(parent.id ?? newId());
    const encounter = promisedEncounter(serviceRequest, { id: newId(), reference, now });
    const done = new Set<FhirResource>([serviceRequest, ...(ownTask ? [ownTask] : [])]);
    const others = settled.filter(
      (one) => !done.has(one) && one.resourceType !== 'Patient' && ownerOf(one.resourceType) === 'referral',
    );
    const writes: Write[] = [
      ...opened.writes.map((write) =>
        withMessageFacts(write, parent, { message, reference, correlationId: request.act.correlationId }),
      ),
      ...patient.writes(embed(message.patient, links), audience),
      ...[...others, encounter].map((resource): Write => ({ interaction: 'create', resource, audience })),
      {
        interaction: 'create',
        resource: keptMessage(message, settled, newId()),
        audience,
        event: 'message-received.v1',
      },
    ];
    await this.store.commit(writes, { ...request.act, keys });
    return { reference, encounterId: encounter.id ?? '', ids };
  }

  /** Where each resource of the message is found afterwards: here, in the directory, or inside those that need it. */
  async #linksOf(
    message: ReferralMessage,
    { patientId, request }: { patientId: string; request: FhirRequest },
  ): Promise<{ links: MessageLinks; ids: Map<string, string> }> {
    const stored = new Map<string, string>();
    const foreign = new Map<string, FhirResource>();
    const ids = new Map<string, string>();
    for (const { fullUrl = '', resource } of message.bundle.entry ?? []) {
      if (!resource || resource.resourceType === 'MessageHeader') continue;
      const known = await this.#inDirectory(resource as FhirResource);
      if (known !== undefined) stored.set(fullUrl, known);
      else if (ownerOf(resource.resourceType) === 'activity-directory') foreign.set(fullUrl, resource as FhirResource);
      else {
        const id = resource.resourceType === 'Patient' ? patientId : request.newId();
        ids.set(fullUrl, id);
        stored.set(fullUrl, `${resource.resourceType}/${id}`);
      }
    }
    return { links: { stored, foreign }, ids };
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

  #settled(
    fullUrl: string | undefined,
    resource: unknown,
    { links, ids }: { links: MessageLinks; ids: ReadonlyMap<string, string> },
  ): FhirResource[] {
    const id = ids.get(fullUrl ?? '');
    return id === undefined ? [] : [{ ...embed(resource as FhirResource, links), id }];
  }
}

/** The Task that the requester sent for its ServiceRequest: it names it, or it is the only one of the message. */
function requesterTask(settled: readonly FhirResource[], serviceRequestId: string | undefined): Task | undefined {
  const tasks = settled.filter((one) => one.resourceType === 'Task');
  const named = tasks.find(({ focus }) => idIn(focus, 'ServiceRequest') === serviceRequestId);
  return named ?? (tasks.length === 1 ? tasks[0] : undefined);
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

/** The message as it was taken: header and every resource, with the ids that they have here. Other services take their parts from it. */
function keptMessage(message: ReferralMessage, settled: readonly FhirResource[], id: string): Bundle {
  const header = message.header;
  return {
    resourceType: 'Bundle',
    id,
    identifier: { system: messageIdSystem, value: message.bundleId },
    type: 'collection',
    timestamp: message.timestamp,
    entry: [
      { resource: header },
      ...settled.map((resource) => ({ fullUrl: `${resource.resourceType}/${resource.id ?? ''}`, resource })),
    ],
  };
}
