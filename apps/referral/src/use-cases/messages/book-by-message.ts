import { Injectable } from '@nestjs/common';
import type { Appointment, FhirResource, Slot } from 'fhir/r4';
import type { Caller } from '#auth';
import { audienceOf, FhirError, idIn, type Issue, parseDateTime, restrictedAs, sees, warning } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import { personsIn } from '#fhir-store';
import { patientsOf } from '../../domain/appointment-change.js';
import type { BookingMessage } from '../../domain/bars/index.js';
import { containing } from '../../domain/contained.js';
import { embed } from '../../domain/embed.js';
import { isOpen } from '../../domain/state-before.js';
import { BookAppointment } from '../book-appointment.js';
import { ProviderDirectory } from '../provider-directory.js';
import { RecognisePatient, type RecognisedPatient, refuseHidden, remarksUnder } from '../recognise-patient.js';
import { ReferralTasks, type StoredTask } from '../referral-tasks.js';
import { requestersOwn } from './cancel-by-message.js';
import type { KnownOfMessage } from './known-message.js';
import { keptAs, LinkMessage } from './link-message.js';
import type { TakenMessage } from './taken-message.js';

/** Takes a requester's booking of a provider's Slot, and its cancellation. */
@Injectable()
export class BookByMessage {
  constructor(
    private readonly bookAppointment: BookAppointment,
    private readonly recognisePatient: RecognisePatient,
    private readonly linkMessage: LinkMessage,
    private readonly directory: ProviderDirectory,
    private readonly tasks: ReferralTasks,
  ) {}

  async create(
    message: BookingMessage,
    known: KnownOfMessage,
    { request, service }: { request: FhirRequest; service: string },
  ): Promise<TakenMessage> {
    const { caller, newId } = request;
    onlyRequestersBook(request);
    const { slot } = known;
    if (!slot) throw FhirError.of('not-found', 'The booking names no Slot of this service.');
    const { owner } = await this.directory.providerOf(service, 'MessageHeader.destination');
    const provider = idIn(owner, 'Organization');
    const named = await this.#named(known, request, provider);
    const patient = await this.recognisePatient.execute(message.patient, request, named);
    if (!named) refuseHidden(patient, 'Appointment.participant');
    const person = named?.person ?? patient.id;
    const ids = new Map<FhirResource, string>([
      [message.appointment, newId()],
      [message.patient, person],
    ]);
    const links = await this.linkMessage.execute(message, ids);
    const audience = audienceOf(caller.organisation, provider);
    const part = named?.part ?? (await this.#partOf(patient, provider, caller));
    const settled = { ...embed(message.appointment, links), id: ids.get(message.appointment) };
    const said = embed(message.patient, links);
    // The Slot is the directory's: of the message's own nothing stays contained that is named no more.
    const booked = containing({ ...settled, ...bookedOn(slot.resource) }, settled.contained);
    const appointment = ofPart(named ? booked : restrictedAs(booked, patient.asKept(message.patient)), part);
    return {
      writes: [
        ...(person === patient.id ? patient.writes(said, audience) : []),
        ...(await this.bookAppointment.book(appointment, { audience, persons: [person] })),
        {
          interaction: 'create',
          resource: keptAs(message, newId(), { ids, links, about: appointment }),
          audience,
          persons: [person],
        },
      ],
      target: { type: 'Appointment', id: appointment.id ?? '' },
      ids,
      states: new Map([[message.appointment, bookedOn(slot.resource)]]),
      remarks: [
        ...remarksUnder(patient, { person, record: known.person, said }),
        ...otherTime(message.appointment, slot.resource),
      ],
    };
  }

  async cancel(message: BookingMessage, known: KnownOfMessage, request: FhirRequest): Promise<TakenMessage> {
    const { appointment } = known;
    if (!appointment) throw FhirError.of('not-found', 'There is no such Appointment.');
    const { stored, resource } = appointment;
    const { status, cancelationReason } = message.appointment;
    const ended: Appointment = { ...resource, status, ...(cancelationReason ? { cancelationReason } : {}) };
    const [person] = patientsOf(resource);
    const ids = new Map<FhirResource, string>([
      [message.appointment, stored.id],
      ...(person === undefined ? [] : [[message.patient, person] as const]),
    ]);
    const links = await this.linkMessage.execute(message, ids);
    return {
      writes: [
        ...(await this.bookAppointment.update(ended, stored, request)),
        {
          interaction: 'create',
          resource: keptAs(message, request.newId(), { ids, links, about: resource }),
          audience: audienceOf(request.caller.organisation),
          persons: personsIn(stored),
        },
      ],
      target: { type: 'Appointment', id: stored.id },
      ids,
      remarks: [],
    };
  }

  /** The part that goes on at this provider, of the referral that the booking names; and whom it is for. */
  async #named(known: KnownOfMessage, request: FhirRequest, provider: string | undefined) {
    if (!known.request) return undefined;
    const { stored, resource } = requestersOwn(known, request);
    const parts = await this.tasks.partsFor(stored.id);
    const part = parts.find(({ task }) => idIn(task.owner, 'Organization') === provider && isOpen(task));
    const person = idIn(resource.subject, 'Patient');
    if (!part || person === undefined) throw goesOnElsewhere();
    return { part, person };
  }

  /** Of the only open referral of the person to this provider that the sender may see: a session belongs to one, where there is one. */
  async #partOf(
    { id }: RecognisedPatient,
    provider: string | undefined,
    { audience }: Caller,
  ): Promise<StoredTask | undefined> {
    const parts = await this.tasks.partsAbout(id);
    const open = parts.filter(
      ({ stored, task }) =>
        idIn(task.owner, 'Organization') === provider && isOpen(task) && sees(audience, stored.audience),
    );
    const requests = new Set(open.map(({ task }) => idIn(task.focus, 'ServiceRequest')));
    return requests.size === 1 ? open[0] : undefined;
  }
}

/** The session would be nobody's work, or that of a referral that its requester did not mean. */
function goesOnElsewhere(): FhirError {
  const diagnostics = 'The referral of this booking has ended at this provider, or was not sent to it; read it first.';
  return FhirError.of('conflict', diagnostics, { status: 409, expression: 'Appointment.basedOn' });
}

function onlyRequestersBook({ caller: { role } }: FhirRequest): void {
  if (role === 'practice' || role === 'integrator') return;
  throw FhirError.of('forbidden', `A booking is sent by the requesting side, not by a ${role}.`);
}

/** When it is, the Slot says. */
function bookedOn({ id = '', start, end }: Slot) {
  return { status: 'booked' as const, slot: [{ reference: `Slot/${id}` }], start, end };
}

/** A session of a referral says so, and is no less restricted. */
function ofPart(appointment: Appointment, part: StoredTask | undefined): Appointment {
  if (!part?.task.focus) return appointment;
  return restrictedAs({ ...appointment, basedOn: [part.task.focus] }, part.task);
}

function otherTime({ start, end }: Appointment, slot: Slot): Issue[] {
  const isOther = (one: string | undefined, other: string) =>
    one !== undefined && parseDateTime(one) !== parseDateTime(other);
  if (!isOther(start, slot.start) && !isOther(end, slot.end)) return [];
  return [
    warning(
      'business-rule',
      'The Appointment is at the time of its Slot, not at the time it said.',
      'Appointment.start',
    ),
  ];
}
