import { Injectable } from '@nestjs/common';
import type { Appointment } from 'fhir/r4';
import { type Audience, error, everyone, FhirError, idIn, type Issue } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import { type SearchQuery, searchParameter } from '#fhir-search';
import { FhirStore, type Stored, type Write } from '#fhir-store';
import { freesAPlace, isClosed, placesOf } from '../domain/places.js';
import { ProviderDirectory } from './provider-directory.js';

/** Books a session on a Slot of the directory, never more people than it has places. */
@Injectable()
export class BookAppointment {
  constructor(
    private readonly store: FhirStore,
    private readonly directory: ProviderDirectory,
  ) {}

  async create(appointment: Appointment, request: FhirRequest): Promise<Write[]> {
    const audience = await this.#audienceOf(appointment, request);
    const keys = await Promise.all((appointment.slot ?? []).map((slot, at) => this.#placeKey(slot.reference, at)));
    return [
      {
        interaction: 'create',
        resource: appointment,
        audience,
        event: 'appointment-booked.v1',
        ...(keys.length > 0 ? { keys } : {}),
      },
    ];
  }

  update(appointment: Appointment, previous: Stored): Promise<Write[]> {
    const before = JSON.parse(previous.content) as Appointment;
    const issues = staysBooked(before, appointment);
    if (issues.length > 0) throw new FhirError(issues, { status: 422 });
    const { audience, version } = previous;
    const event = eventOf(before, appointment);
    return Promise.resolve([{ interaction: 'update', resource: appointment, audience, version, event }]);
  }

  /** Seen by whoever sees the referral that it belongs to. */
  async #audienceOf(appointment: Appointment, { caller }: FhirRequest): Promise<Audience> {
    const requestId = idIn(appointment.basedOn?.[0], 'ServiceRequest');
    const request =
      requestId === undefined ? undefined : await this.store.read('ServiceRequest', requestId, caller.audience);
    if (request && !request.deleted) return request.audience;
    throw refused('not-found', 'Appointment.basedOn names no referral that you may see.', 'Appointment.basedOn');
  }

  /**
   * A place is a key that can be used once: two bookings of the last place cannot both commit. A cancelled appointment
   * frees its place by raising the number of keys.
   */
  async #placeKey(reference: string | undefined, at: number): Promise<string> {
    const expression = `Appointment.slot[${String(at)}]`;
    const id = idIn(reference, 'Slot');
    const slot = id === undefined ? undefined : await this.directory.slot(id);
    if (!slot || id === undefined) {
      throw refused('not-found', `${expression} names no Slot of the activity directory.`, expression);
    }
    const booked = await this.#bookedOn(id);
    const freed = booked.filter(freesAPlace).length;
    if (isClosed(slot) || booked.length - freed >= placesOf(slot)) {
      throw FhirError.of('conflict', 'This session is full: it has no place left. Choose another Slot or activity.', {
        expression,
      });
    }
    return `place|${id}|${String(booked.length + 1)}`;
  }

  async #bookedOn(slotId: string): Promise<Appointment[]> {
    const parameter = searchParameter('Appointment', 'slot');
    if (!parameter) return [];
    const query: SearchQuery = {
      type: 'Appointment',
      criteria: [{ parameter, values: [{ type: 'reference', value: `Slot/${slotId}` }] }],
      includes: [],
      sort: [],
      count: 1000,
      total: 'none',
      applied: new URLSearchParams(),
    };
    return (await this.store.search(query, everyone)).matches.map(({ content }) => JSON.parse(content) as Appointment);
  }
}

/** What ended stays so: a place that was given back is booked anew. */
const ends: readonly Appointment['status'][] = ['cancelled', 'noshow', 'fulfilled', 'entered-in-error'];

function staysBooked(before: Appointment, after: Appointment): Issue[] {
  if (ends.includes(before.status) && before.status !== after.status && after.status !== 'entered-in-error') {
    const diagnostics = `An Appointment that is ${before.status} stays so; book another one.`;
    return [error('business-rule', diagnostics, 'Appointment.status')];
  }
  return (['basedOn', 'slot'] as const)
    .filter((element) => JSON.stringify(before[element]) !== JSON.stringify(after[element]))
    .map((element) =>
      error(
        'business-rule',
        `Appointment.${element} stays; cancel this one and book another.`,
        `Appointment.${element}`,
      ),
    );
}

function eventOf(before: Appointment, after: Appointment): string {
  if (before.status === after.status) return 'appointment-updated.v1';
  const names: Partial<Record<Appointment['status'], string>> = {
    arrived: 'appointment-attended.v1',
    fulfilled: 'appointment-attended.v1',
    noshow: 'appointment-missed.v1',
    cancelled: 'appointment-cancelled.v1',
  };
  return names[after.status] ?? 'appointment-updated.v1';
}

function refused(code: 'not-found', diagnostics: string, expression: string): FhirError {
  return new FhirError([error(code, diagnostics, expression)], { status: 422 });
}
