import { Injectable } from '@nestjs/common';
import type { Appointment, FhirResource, ServiceRequest, Slot, Task } from 'fhir/r4';
import type { Caller } from '#auth';
import { type Audience, audienceOf, error, everyone, FhirError, idIn, organisationsOf } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import { type SearchQuery, searchParameter } from '#fhir-search';
import { FhirStore, type HeldKey, personsIn, type Stored, type Write } from '#fhir-store';
import { actorsOf } from '../domain/actors.js';
import { appointmentEvent, appointmentStays, patientsOf, refuseOthersChange } from '../domain/appointment-change.js';
import type { Actor } from '../domain/transitions.js';
import { freesAPlace, isClosed, placesOf } from '../domain/places.js';
import { isRequestersBooking, sessionOfPart } from '../domain/requester-booking.js';
import { isOpen } from '../domain/state-before.js';
import { ProviderDirectory } from './provider-directory.js';
import { ReferralTasks, type StoredTask } from './referral-tasks.js';
import { SeenReferences } from './seen-references.js';

const bookedAtMost = 1000;

/** One of the bookings that a Slot ever had. */
interface Place {
  slotId: string;
  /** From 1. */
  number: number;
}

/** Books a session on a Slot of the directory, never more people than it has places. */
@Injectable()
export class BookAppointment {
  constructor(
    private readonly store: FhirStore,
    private readonly directory: ProviderDirectory,
    private readonly tasks: ReferralTasks,
    private readonly seenReferences: SeenReferences,
  ) {}

  async create(
    appointment: Appointment,
    request: FhirRequest,
    siblings: readonly FhirResource[] = [],
  ): Promise<Write[]> {
    const { session, ...sides } = await this.#sidesOf(appointment, request);
    await this.seenReferences.execute(session, request.caller, { siblings });
    return this.book(session, sides, siblings);
  }

  /** For those who may: the places that its Slots have left are the only thing judged. One who names a Slot twice takes one. */
  async book(
    appointment: Appointment,
    { audience, persons }: { audience: Audience; persons: readonly string[] },
    siblings: readonly FhirResource[] = [],
  ): Promise<Write[]> {
    const before = bookedBefore(appointment, siblings);
    const slots = (appointment.slot ?? []).map(({ reference }) => reference);
    const places = await Promise.all(
      slots.flatMap((slot, at) => (slots.indexOf(slot) < at ? [] : [this.#placeOn(slot, at, before)])),
    );
    return [
      {
        interaction: 'create',
        resource: appointment,
        audience,
        persons,
        event: 'appointment-booked.v1',
        ...(places.length > 0 ? { keys: places.map(placeKey), holds: places.map(heldPlace) } : {}),
      },
    ];
  }

  async update(
    appointment: Appointment,
    previous: Stored,
    { caller }: FhirRequest,
    siblings: readonly FhirResource[] = [],
  ): Promise<Write[]> {
    const before = JSON.parse(previous.content) as Appointment;
    refuseOthersChange(before, appointment, await this.#actorsIn(before, previous, caller));
    const issues = appointmentStays(before, appointment);
    if (issues.length > 0) throw new FhirError(issues, { status: 422 });
    await this.seenReferences.execute(appointment, caller, { siblings, before });
    const { audience, version } = previous;
    const event = appointmentEvent(before, appointment);
    return [{ interaction: 'update', resource: appointment, audience, version, event }];
  }

  /** As whom somebody stands to a session: by the part of the referral that it belongs to, otherwise by who booked it. */
  async #actorsIn({ basedOn }: Appointment, { id, audience }: Stored, caller: Caller): Promise<Actor[]> {
    const requestId = idIn(basedOn?.[0], 'ServiceRequest');
    if (requestId === undefined) {
      const author = await this.store.authorOf('Appointment', id);
      return [author !== undefined && author === caller.organisation ? 'requester' : 'provider'];
    }
    const parts = await this.tasks.partsFor(requestId);
    // Of the parts of a referral, those whose session this is: others' providers do not see it.
    const own = parts.filter(({ task }) => organisationsOf(audience).includes(idIn(task.owner, 'Organization') ?? ''));
    return own.flatMap(({ task }) => actorsOf(task, caller));
  }

  /** Seen by the two sides of one part: who asked for it and who gives the session. */
  async #sidesOf(
    appointment: Appointment,
    { caller }: FhirRequest,
  ): Promise<{ session: Appointment; audience: Audience; persons: readonly string[] }> {
    const requestId = idIn(appointment.basedOn?.[0], 'ServiceRequest');
    const request =
      requestId === undefined ? undefined : await this.store.read('ServiceRequest', requestId, caller.audience);
    if (!request || request.deleted) {
      throw refused('not-found', 'Appointment.basedOn names no referral that you may see.', 'Appointment.basedOn');
    }
    refuseOtherPerson(appointment, JSON.parse(request.content) as ServiceRequest);
    const { session, task } = await this.#sessionOf(appointment, request.id, caller);
    const audience = audienceOf(idIn(task.requester, 'Organization'), idIn(task.owner, 'Organization'));
    // Its participants need not say whose session it is.
    return { session, audience, persons: personsIn(request) };
  }

  /** The session, and the part of the referral to which it belongs. */
  async #sessionOf(
    appointment: Appointment,
    requestId: string,
    caller: Caller,
  ): Promise<{ session: Appointment; task: Task }> {
    const parts = await this.tasks.partsFor(requestId);
    const own = parts.filter(({ task }) => actorsOf(task, caller).includes('provider') && !isRefused(task));
    if (own.length > 0) {
      const { task } = partAmong(own, await this.#hostsOf(appointment));
      return { session: appointment, task };
    }
    const asked = parts.filter(({ task }) => actorsOf(task, caller).includes('requester'));
    if (asked.length === 0 || !isRequestersBooking(appointment)) throw notTheirs();
    return this.#requesters(appointment, asked);
  }

  /** A requester's own booking, by the rules of a message: on a Slot of a provider with which its referral goes on. */
  async #requesters(
    appointment: Appointment,
    parts: readonly StoredTask[],
  ): Promise<{ session: Appointment; task: Task }> {
    const slotId = idIn(appointment.slot?.[0], 'Slot');
    const slot = slotId === undefined ? undefined : await this.directory.slotNow(slotId);
    if (!slot)
      throw refused('not-found', 'Appointment.slot names no Slot of the activity directory.', 'Appointment.slot');
    const host = await this.directory.hostOf(slot);
    const part = parts.find(({ task }) => isOpen(task) && idIn(task.owner, 'Organization') === host);
    if (!part) throw goesOnElsewhere();
    return { session: sessionOfPart(appointment, slot, part.task), task: part.task };
  }

  /** The organisations whose sessions these are, as far as the directory tells. */
  async #hostsOf({ slot = [] }: Appointment): Promise<string[]> {
    const ids = slot.map((one) => idIn(one, 'Slot')).filter((id) => id !== undefined);
    const slots = (await Promise.all(ids.map((id) => this.directory.slot(id)))).filter((one) => one !== undefined);
    const hosts = await Promise.all(slots.map((one) => this.directory.hostOf(one)));
    return hosts.filter((host) => host !== undefined);
  }

  /**
   * A place is a number that can be used once: two bookings of the last place cannot both commit. A cancelled appointment
   * keeps its number, and so does one that was erased with its person.
   */
  async #placeOn(reference: string | undefined, at: number, beside: readonly Appointment[]): Promise<Place> {
    const expression = `Appointment.slot[${String(at)}]`;
    const slotId = idIn(reference, 'Slot');
    const slot = slotId === undefined ? undefined : await this.directory.slotNow(slotId);
    if (!slot || slotId === undefined) {
      throw refused('not-found', `${expression} names no Slot of the activity directory.`, expression);
    }
    const seen = await this.#bookedOn(slotId);
    const before = beside.filter((one) => isOn(one, slotId) && !seen.some(({ id }) => id === one.id));
    // The number first: who books after this moment wants the same one, who booked before is counted.
    const number = await this.#nextNumber({ slotId, number: seen.length + 1 }, before.length);
    if (hasPlace(slot, [...(await this.#bookedOn(slotId)), ...before])) return { slotId, number };
    throw FhirError.of('conflict', 'This session is full: it has no place left. Choose another Slot or activity.', {
      expression,
    });
  }

  /**
   * Numbers are used one after another, each when all before it are settled. Only the last ones may be of a transaction that is
   * being decided: those are wanted again, and refused as long as it is. `leaving` so many for others of the same transaction.
   */
  async #nextNumber({ slotId, number }: Place, leaving: number): Promise<number> {
    const isPast =
      (await this.store.wasUsed(placeKey({ slotId, number }))) && (await this.#isSettled({ slotId, number }));
    if (!isPast && leaving === 0) return number;
    return this.#nextNumber({ slotId, number: number + 1 }, isPast ? leaving : leaving - 1);
  }

  /** Used by an Appointment that is there to be counted, or by none that ever will be: that is decided here. */
  async #isSettled(place: Place): Promise<boolean> {
    const { key } = heldPlace(place);
    return (await this.store.holderOf(key)) !== undefined || (await this.store.decideKey(key)) === 'refused';
  }

  /** Whether a Slot of the directory has a place left. */
  async isFree(slot: Slot): Promise<boolean> {
    return hasPlace(slot, await this.#bookedOn(slot.id ?? ''));
  }

  async #bookedOn(slotId: string): Promise<Appointment[]> {
    const parameter = searchParameter('Appointment', 'slot');
    if (!parameter) return [];
    const query: SearchQuery = {
      type: 'Appointment',
      criteria: [{ parameter, values: [{ type: 'reference', value: `Slot/${slotId}` }] }],
      includes: [],
      sort: [],
      count: bookedAtMost,
      total: 'none',
      applied: new URLSearchParams(),
    };
    const { matches, next } = await this.store.search(query, everyone);
    // Counted short it would give out more places than there are.
    if (next !== undefined) {
      throw FhirError.of('too-costly', `This Slot has more than ${String(bookedAtMost)} Appointments.`);
    }
    return matches.map(({ content }) => JSON.parse(content) as Appointment);
  }
}

/** Those that the same transaction books and that are numbered before this one: by their ids, an order on which they all agree. */
function bookedBefore({ id = '' }: Appointment, siblings: readonly FhirResource[]): Appointment[] {
  return siblings.flatMap((one) => (one.resourceType === 'Appointment' && (one.id ?? '') < id ? [one] : []));
}

function isOn({ slot = [] }: Appointment, slotId: string): boolean {
  return slot.some((one) => idIn(one, 'Slot') === slotId);
}

function placeKey({ slotId, number }: Place): string {
  return `place|${slotId}|${String(number)}`;
}

/** Held by the Appointment, so that it goes with it when its person is erased. Sorted behind the other, which conflicts first. */
function heldPlace(place: Place): HeldKey {
  return { key: `${placeKey(place)}|Appointment` };
}

function hasPlace(slot: Slot, booked: readonly Appointment[]): boolean {
  const taken = booked.filter((one) => !freesAPlace(one)).length;
  return !isClosed(slot) && taken < placesOf(slot);
}

function isRefused({ status }: Task): boolean {
  return ['rejected', 'cancelled', 'failed', 'entered-in-error'].includes(status);
}

/** Of a provider's own parts the one at whose provider the session is: one that is under way before one that was completed. */
function partAmong(own: readonly StoredTask[], hosts: readonly string[]): StoredTask {
  const there = own.filter(({ task }) => hosts.every((host) => host === idIn(task.owner, 'Organization')));
  const part = there.find(({ task }) => task.status !== 'completed') ?? there[0];
  if (part) return part;
  throw refused(
    'business-rule',
    'This Slot is of another provider than the one to which the referral was sent.',
    'Appointment.slot',
  );
}

function notTheirs(): FhirError {
  const diagnostics =
    'A session is booked by a provider to which the referral was sent, or, on one Slot and as booked, by its requester.';
  return FhirError.of('forbidden', diagnostics, { expression: 'Appointment.basedOn' });
}

function goesOnElsewhere(): FhirError {
  const diagnostics = 'The referral has ended at the provider of this Slot, or was not sent to it; read it first.';
  return FhirError.of('conflict', diagnostics, { status: 409, expression: 'Appointment.slot' });
}

function refuseOtherPerson(appointment: Appointment, { subject }: ServiceRequest): void {
  const person = idIn(subject, 'Patient');
  if (patientsOf(appointment).every((id) => id === person)) return;
  throw refused(
    'business-rule',
    'The Patient of an Appointment is the subject of its ServiceRequest.',
    'Appointment.participant',
  );
}

function refused(code: 'not-found' | 'business-rule', diagnostics: string, expression: string): FhirError {
  return new FhirError([error(code, diagnostics, expression)], { status: 422 });
}
