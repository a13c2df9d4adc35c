import { Injectable } from '@nestjs/common';
import type {
  Appointment,
  Communication,
  FhirResource,
  HealthcareService,
  Patient,
  Reference,
  ServiceRequest,
  Slot,
  Task,
} from 'fhir/r4';
import type { Caller } from '#auth';
import { idIn, parseJson, publicAudience } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import type { Stored } from '#fhir-store';
import { OwnersRecords } from '#service';
import { activitiesOf, isSentTo } from '../../domain/activities.js';
import { actorsOf } from '../../domain/actors.js';
import { partMeant, referralMeant } from '../../domain/answered-part.js';
import {
  type AnswerDoubt,
  type AnswerNames,
  askedBy,
  bearsAddress,
  type Lookups,
  type MessageContext,
} from '../../domain/bars/index.js';
import { fulfil, hasCode, messageIdSystem } from '../../domain/codes.js';
import { latestMessage, spellingsOf } from '../../domain/message-identifier.js';
import { BookAppointment } from '../book-appointment.js';
import { ProviderDirectory } from '../provider-directory.js';
import { ReferralTasks, type StoredTask } from '../referral-tasks.js';
import { NamedRecords } from './named-records.js';

/** What a message speaks of and is here already, as far as its sender may see it. */
export interface KnownOfMessage {
  /** The one that is addressed. */
  service?: HealthcareService;
  request?: { stored: Stored; resource: ServiceRequest; parent?: StoredTask };
  /** The message that is answered is known here. By whom it may be answered, `own` says: the caller's own part of the referral. */
  answered?: { own?: AnsweredPart; doubt?: AnswerDoubt };
  /** What the answered message asked for. */
  asked?: ServiceRequest;
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
    private readonly records: NamedRecords,
    private readonly tasks: ReferralTasks,
    private readonly directory: ProviderDirectory,
    private readonly bookAppointment: BookAppointment,
    private readonly owners: OwnersRecords,
  ) {}

  async execute(lookups: Lookups, request: Pick<FhirRequest, 'caller' | 'act'>): Promise<KnownOfMessage> {
    const { caller } = request;
    const { serviceRequest } = lookups;
    const service = lookups.service && (await this.directory.serviceWith(lookups.service));
    const named = serviceRequest ? await this.records.serviceRequests(serviceRequest, caller.audience) : [];
    const [answered, slot, appointment] = await Promise.all([
      this.#answered(lookups, named.flat(), request),
      this.#slot(lookups, service?.id),
      this.#appointment(lookups, caller),
    ]);
    const focus = focusOf(answered?.own?.part.task);
    const found = await this.#request(answered ? [named.flat().filter(({ id }) => id === focus)] : named, service);
    const known = present({ service, request: found, answered, slot, appointment });
    const [person, asked] = await Promise.all([
      this.#read<Patient>('Patient', idIn(aboutWhom(known), 'Patient'), caller),
      this.#read<ServiceRequest>('ServiceRequest', focus, caller),
    ]);
    return { ...known, ...present({ person, asked }) };
  }

  async #request(
    named: readonly (readonly Stored[])[],
    service: HealthcareService | undefined,
  ): Promise<KnownOfMessage['request']> {
    let stored: Stored | undefined;
    for (const found of named) stored ??= await this.#theOnly(found, service);
    if (!stored) return undefined;
    const parent = await this.tasks.referralOf(stored.id);
    return { stored, resource: parseJson(stored.content) as ServiceRequest, ...(parent ? { parent } : {}) };
  }

  /** Of several that bear one identifier it is the one that the addressed service was sent, and that goes on: it may be sent anew. */
  async #theOnly(found: readonly Stored[], service: HealthcareService | undefined): Promise<Stored | undefined> {
    if (found.length < 2) return found[0];
    const sent = await Promise.all(found.map(async (one) => ((await this.#isSentTo(service, one)) ? [one] : [])));
    const open = sent.flat().filter(isOpen);
    const [only, ...others] = open.length > 0 ? open : sent.flat();
    return others.length === 0 ? only : undefined;
  }

  async #isSentTo(service: HealthcareService | undefined, { id, content }: Stored): Promise<boolean> {
    if (!service) return false;
    const parent = await this.tasks.referralOf(id);
    const parts = parent ? await this.tasks.partsOf(parent.stored.id) : [];
    const tasks = parts.map(({ task }) => task);
    return isSentTo(service, parseJson(content) as ServiceRequest, tasks);
  }

  async #read<R extends ServiceRequest | Patient>(
    type: R['resourceType'],
    id: string | undefined,
    { audience }: Caller,
  ): Promise<R | undefined> {
    const stored = await this.records.withId(type, id, audience);
    return stored && (parseJson(stored.content) as R);
  }

  /**
   * A message is known where a referral's Task bears its id, as one that came, or a Communication, as one that was sent or
   * answered before; to those who see neither it is unknown.
   */
  async #answered(
    { answeredMessageId, answerNames }: Lookups,
    named: readonly Stored[],
    { caller, act: { correlationId } }: Pick<FhirRequest, 'caller' | 'act'>,
  ): Promise<KnownOfMessage['answered']> {
    if (answeredMessageId === undefined || answerNames === undefined) return undefined;
    const parents = await this.#referralsOf(answeredMessageId, caller);
    if (parents.length === 0) return undefined;
    const asked = await this.#askedIn(parents, caller);
    if (asked.length === 0) return {};
    const requestIds = named.map(({ id }) => id);
    const { taskIds } = answerNames;
    const meant = referralMeant(asked, { requestIds, taskIds, correlationId });
    if (!meant) return { doubt: 'unclear-referral' };
    const part = partMeant(meant.own, { taskIds, activities: await this.#activitiesNamed(meant.own, answerNames) });
    if (!part) return { doubt: 'unclear-part' };
    const own = { parent: meant.parent, part };
    return (await this.#namesAnother(own, requestIds, { taskIds, caller }))
      ? { own, doubt: 'another-referral' }
      : { own };
  }

  /** Those of the referrals that ask the caller, with its parts of them. */
  async #askedIn(parents: readonly string[], caller: Caller): Promise<{ parent: StoredTask; own: StoredTask[] }[]> {
    const asked: { parent: StoredTask; own: StoredTask[] }[] = [];
    for (const id of parents) {
      const parts = await this.tasks.partsOf(id);
      const own = parts.filter(({ task }) => actorsOf(task, caller).includes('provider'));
      const parent = own[0] && (await this.tasks.parentOf(own[0].task));
      if (parent) asked.push({ parent, own });
    }
    return asked;
  }

  /** Ids of the Tasks of the referrals that this message was about. */
  async #referralsOf(messageId: string, { audience }: Caller): Promise<string[]> {
    for (const value of spellingsOf(messageId.replace(/^urn:uuid:/i, ''))) {
      const identifier = { system: messageIdSystem, value };
      const tasks = await this.records.bearing('Task', identifier, audience);
      const told = await this.records.bearing('Communication', identifier, audience);
      const found = new Set([...tasks.map(({ id }) => id), ...told.flatMap(referralOf)]);
      if (found.size > 0) return [...found];
    }
    return [];
  }

  /** The activities that the answer names, of those that these parts were asked for: the one that answers, and those asked. */
  async #activitiesNamed(
    parts: readonly StoredTask[],
    { source, performerIds, performerAddresses }: AnswerNames,
  ): Promise<string[][]> {
    if (parts.length < 2) return [];
    const ids = [...new Set(parts.flatMap(({ task }) => activitiesOf(task)))];
    const services = await Promise.all(ids.map((id) => this.directory.activity(id)));
    const answering = ids.filter((_id, at) => bearsAddress(services[at], source ? [source] : []));
    const asked = ids.filter((id, at) => performerIds.includes(id) || bearsAddress(services[at], performerAddresses));
    return [answering, asked];
  }

  /** True where a ServiceRequest or a provider's Task that the answer names is here, and of another referral. */
  async #namesAnother(
    { parent, part }: AnsweredPart,
    requestIds: readonly string[],
    { taskIds, caller: { audience } }: { taskIds: readonly string[]; caller: Caller },
  ): Promise<boolean> {
    const request = idIn(part.task.focus, 'ServiceRequest');
    if (requestIds.length > 0 && !requestIds.some((id) => id === request)) return true;
    const tasks = await this.records.withIds('Task', taskIds, audience);
    return tasks.some(({ id, content }) => {
      const { code, partOf } = parseJson(content) as Task;
      if (!hasCode(code, fulfil.system ?? '', fulfil.code ?? '')) return false;
      return id !== parent.stored.id && idIn(partOf?.[0], 'Task') !== parent.stored.id;
    });
  }

  /** A Slot of the addressed service; of another's it is none. */
  async #slot({ slotId }: Lookups, service: string | undefined) {
    const resource = slotId === undefined ? undefined : await this.directory.slotNow(slotId);
    if (resource === undefined || service === undefined) return undefined;
    const schedule = idIn(resource.schedule, 'Schedule');
    const [stored] =
      schedule === undefined ? [] : await this.owners.read([{ type: 'Schedule', id: schedule }], publicAudience);
    const { actor: actors = [] } = stored ? (parseJson(stored.content) as { actor?: { reference?: string }[] }) : {};
    if (!actors.some((actor) => idIn(actor, 'HealthcareService') === service)) return undefined;
    return { resource, isFree: await this.bookAppointment.isFree(resource) };
  }

  async #appointment({ appointment }: Lookups, { audience }: Caller) {
    const stored = appointment && (await this.records.appointment(appointment, audience));
    return stored && { stored, resource: parseJson(stored.content) as Appointment };
  }
}

/** Of an answer its own referral tells, of a booking the Appointment. */
function aboutWhom({ answered, appointment, request }: KnownOfMessage): Reference | undefined {
  if (answered) return answered.own?.part.task.for;
  return (appointment && patientIn(appointment.resource)) ?? request?.resource.subject;
}

function present(found: { [Key in keyof KnownOfMessage]: KnownOfMessage[Key] | undefined }): KnownOfMessage {
  return Object.fromEntries(Object.entries(found).filter(([, one]) => one !== undefined));
}

/** As judgeMessage asks for it. */
export function knownAs(found: KnownOfMessage): MessageContext['known'] {
  const { request, answered, person, slot, appointment } = found;
  const asOf = request?.parent && latestMessage(request.parent.task);
  const asked = answered ? found.asked : request?.resource;
  return {
    messages: () => answered !== undefined,
    serviceRequest: () => request && { status: request.resource.status, ...(asOf === undefined ? {} : { asOf }) },
    slot: () => slot && (slot.isFree ? 'free' : 'full'),
    appointment: () => appointment && { status: appointment.resource.status },
    ...(person ? { person } : {}),
    ...(answered?.doubt ? { doubt: answered.doubt } : {}),
    ...(asked ? { asked: askedBy(asked) } : {}),
  };
}

function isOpen({ content }: Stored): boolean {
  return ['active', 'on-hold'].includes((parseJson(content) as ServiceRequest).status);
}

function patientIn({ participant }: Appointment): Reference | undefined {
  return participant.map(({ actor }) => actor).find((actor) => idIn(actor, 'Patient') !== undefined);
}

function focusOf(task: Task | undefined): string | undefined {
  return idIn(task?.focus, 'ServiceRequest');
}

function referralOf({ content }: Stored): string[] {
  const { partOf = [] } = parseJson(content) as FhirResource & Communication;
  return partOf.flatMap((reference) => idIn(reference, 'Task') ?? []);
}
