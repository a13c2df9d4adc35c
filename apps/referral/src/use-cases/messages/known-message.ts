import { Injectable } from '@nestjs/common';
import type {
  Appointment,
  Communication,
  FhirResource,
  HealthcareService,
  Identifier,
  Patient,
  Reference,
  ServiceRequest,
  Slot,
} from 'fhir/r4';
import type { Caller } from '#auth';
import { idIn, parseJson, publicAudience } from '#fhir';
import { type SearchQuery, searchParameter } from '#fhir-search';
import { FhirStore, type Stored } from '#fhir-store';
import { OwnersRecords } from '#service';
import { actorsOf } from '../../domain/actors.js';
import type { Lookups, MessageContext } from '../../domain/bars/index.js';
import { messageIdSystem } from '../../domain/codes.js';
import { latestMessage } from '../../domain/message-identifier.js';
import { referralReferenceSystem } from '../../domain/referral-reference.js';
import { BookAppointment } from '../book-appointment.js';
import { ProviderDirectory } from '../provider-directory.js';
import { ReferralTasks, type StoredTask } from '../referral-tasks.js';

/** What a message speaks of and is here already, as far as its sender may see it. */
export interface KnownOfMessage {
  /** The one that is addressed. */
  service?: HealthcareService;
  request?: { stored: Stored; resource: ServiceRequest; parent?: StoredTask };
  /** The message that is answered is known here. By whom it may be answered, `own` says: the caller's own part of the referral. */
  answered?: { own?: AnsweredPart };
  /** Whom the referral is for that it speaks of. */
  person?: Patient;
  slot?: { resource: Slot; isFree: boolean };
  appointment?: { stored: Stored; resource: Appointment };
}

/** The referral that an answered message was about, and the answering provider's part of it. */
export interface AnsweredPart {
  parent: StoredTask;
  part: StoredTask;
}

/** Finds what a message speaks of: by the ids that its sender got here, by business identifiers, by the message that it answers. */
@Injectable()
export class KnownMessage {
  constructor(
    private readonly store: FhirStore,
    private readonly tasks: ReferralTasks,
    private readonly directory: ProviderDirectory,
    private readonly bookAppointment: BookAppointment,
    private readonly owners: OwnersRecords,
  ) {}

  async execute(lookups: Lookups, caller: Caller): Promise<KnownOfMessage> {
    const service = lookups.service && (await this.directory.serviceWith(lookups.service));
    const [request, answered, slot, appointment] = await Promise.all([
      this.#request(lookups, caller),
      this.#answered(lookups, caller),
      this.#slot(lookups, service?.id),
      this.#appointment(lookups, caller),
    ]);
    const booked = appointment && patientIn(appointment.resource);
    const person = await this.#person(booked ?? request?.resource.subject ?? answered?.own?.part.task.for, caller);
    return present({ service, request, answered, person, slot, appointment });
  }

  async #request({ serviceRequestId: id, serviceRequestIdentifiers = [] }: Lookups, { audience }: Caller) {
    const byId = id === undefined ? undefined : await this.store.read('ServiceRequest', id, audience);
    const stored = byId ?? (await this.#identified(serviceRequestIdentifiers, audience));
    if (!stored || stored.deleted) return undefined;
    const parent = await this.tasks.referralOf(stored.id);
    return { stored, resource: parseJson(stored.content) as ServiceRequest, ...(parent ? { parent } : {}) };
  }

  async #person(subject: Reference | undefined, { audience }: Caller): Promise<Patient | undefined> {
    const id = idIn(subject, 'Patient');
    const stored = id === undefined ? undefined : await this.store.read('Patient', id, audience);
    return stored && !stored.deleted ? (parseJson(stored.content) as Patient) : undefined;
  }

  /** The only ServiceRequest that bears one of these identifiers, or the one of a referral with this reference. */
  async #identified(identifiers: readonly Identifier[], reader: Caller['audience']): Promise<Stored | undefined> {
    for (const identifier of identifiers) {
      const found = await this.#with('ServiceRequest', identifier, reader);
      if (found.length === 1) return found[0];
      if (identifier.system !== referralReferenceSystem) continue;
      const [task, ...others] = await this.#with('Task', identifier, reader);
      const id = task && others.length === 0 ? focusOf(task) : undefined;
      if (id !== undefined) return this.store.read('ServiceRequest', id, reader);
    }
    return undefined;
  }

  /**
   * A message is known where a referral's Task bears its id, as one that came, or a Communication, as one that was sent or
   * answered before; to those who see neither it is unknown.
   */
  async #answered({ answeredMessageId, serviceRequestId }: Lookups, caller: Caller) {
    if (answeredMessageId === undefined) return undefined;
    const value = answeredMessageId.replace(/^urn:uuid:/i, '');
    const identifier = { system: messageIdSystem, value };
    const tasks = await this.#with('Task', identifier, caller.audience);
    const told = await this.#with('Communication', identifier, caller.audience);
    const parents = new Set([...tasks.map(({ id }) => id), ...told.flatMap(referralOf)]);
    const answered: AnsweredPart[] = [];
    for (const id of parents) {
      const parts = await this.tasks.partsOf(id);
      const own = parts.filter(({ task }) => actorsOf(task, caller).includes('provider'));
      const part = own.find(({ task }) => !isEnded(task.status)) ?? own.at(-1);
      const parent = part && (await this.tasks.parentOf(part.task));
      if (part && parent) answered.push({ parent, part });
    }
    const own = theOne(answered, serviceRequestId);
    return parents.size === 0 ? undefined : { ...(own ? { own } : {}) };
  }

  /** A Slot of the addressed service; of another's it is none. */
  async #slot({ slotId }: Lookups, service: string | undefined) {
    const resource = slotId === undefined ? undefined : await this.directory.slot(slotId);
    if (resource === undefined || service === undefined) return undefined;
    const schedule = idIn(resource.schedule, 'Schedule');
    const [stored] =
      schedule === undefined ? [] : await this.owners.read([{ type: 'Schedule', id: schedule }], publicAudience);
    const { actor: actors = [] } = stored ? (parseJson(stored.content) as { actor?: { reference?: string }[] }) : {};
    if (!actors.some((actor) => idIn(actor, 'HealthcareService') === service)) return undefined;
    return { resource, isFree: await this.bookAppointment.isFree(resource) };
  }

  async #appointment({ appointmentId: id }: Lookups, { audience }: Caller) {
    const stored = id === undefined ? undefined : await this.store.read('Appointment', id, audience);
    if (!stored || stored.deleted) return undefined;
    return { stored, resource: parseJson(stored.content) as Appointment };
  }

  async #with(type: string, { system, value }: Identifier, reader: Caller['audience']): Promise<Stored[]> {
    const parameter = searchParameter(type, 'identifier');
    if (!parameter || value === undefined) return [];
    const query: SearchQuery = {
      type,
      criteria: [{ parameter, values: [{ type: 'token', value, ...(system === undefined ? {} : { system }) }] }],
      includes: [],
      sort: [],
      count: 50,
      total: 'none',
      applied: new URLSearchParams(),
    };
    return (await this.store.search(query, reader)).matches;
  }
}

function present(found: { [Key in keyof KnownOfMessage]: KnownOfMessage[Key] | undefined }): KnownOfMessage {
  return Object.fromEntries(Object.entries(found).filter(([, one]) => one !== undefined));
}

/** As judgeMessage asks for it. */
export function knownAs({ request, answered, person, slot, appointment }: KnownOfMessage): MessageContext['known'] {
  const asOf = request?.parent && latestMessage(request.parent.task);
  return {
    messages: () => answered !== undefined,
    serviceRequest: () => request && { status: request.resource.status, ...(asOf === undefined ? {} : { asOf }) },
    slot: () => slot && (slot.isFree ? 'free' : 'full'),
    appointment: () => appointment && { status: appointment.resource.status },
    ...(person ? { person } : {}),
  };
}

/** Messages may share an id: then the answer says which referral it is about, or it is about none. */
function theOne(answered: readonly AnsweredPart[], serviceRequestId: string | undefined): AnsweredPart | undefined {
  if (answered.length < 2) return answered[0];
  return answered.find(({ parent }) => idIn(parent.task.focus, 'ServiceRequest') === serviceRequestId);
}

function patientIn({ participant }: Appointment): Reference | undefined {
  return participant.map(({ actor }) => actor).find((actor) => idIn(actor, 'Patient') !== undefined);
}

function focusOf({ content }: Stored): string | undefined {
  return idIn((parseJson(content) as { focus?: { reference?: string } }).focus, 'ServiceRequest');
}

function referralOf({ content }: Stored): string[] {
  const { partOf = [] } = parseJson(content) as FhirResource & Communication;
  return partOf.flatMap((reference) => idIn(reference, 'Task') ?? []);
}

function isEnded(status: string): boolean {
  return ['rejected', 'cancelled', 'failed', 'completed', 'entered-in-error'].includes(status);
}
