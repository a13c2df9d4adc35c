import { randomUUID } from 'node:crypto';
import type { Bundle, FhirResource, Identifier, Patient, Schedule, Slot } from 'fhir/r4';
import { type BarsWorld, dos, reason } from './bars-world.js';
import type { World } from './world.js';

/** A service of a provider with one session of one place; the service's id, and the Slot's. */
export async function offered(
  world: World,
  bars: BarsWorld,
  value: string,
): Promise<{ service: string; slot: string }> {
  const service = await bars.service(value, ['a5t1']);
  const create = async (body: Schedule | Slot) => {
    const path = `/fhir/${body.resourceType}`;
    const answer = await world.send('provider-khl', { method: 'POST', path, body });
    if (answer.status !== 201) throw new Error(answer.text);
    return answer.body.id ?? '';
  };
  const actor = [{ reference: `HealthcareService/${service}` }];
  const schedule = await create({ resourceType: 'Schedule', active: true, actor });
  const slot = await create({
    resourceType: 'Slot',
    status: 'free',
    schedule: { reference: `Schedule/${schedule}` },
    start: '2027-03-01T10:00:00Z',
    end: '2027-03-01T11:00:00Z',
  });
  return { service, slot };
}

export interface Booking {
  service: string;
  slot: string;
  number: string;
  birthDate?: string;
  /** The id here of its ServiceRequest, or its address. */
  basedOn?: string;
  identifier?: Identifier[];
}

/** A message that books a Slot for a person. */
export function booking({ service, slot, number, birthDate, basedOn, identifier }: Booking): Bundle {
  const [at, of, on, schedule, place] = [urn(), urn(), urn(), urn(), urn()];
  return message(service, reason('new').reason, [
    [
      at,
      {
        resourceType: 'Appointment',
        ...(identifier ? { identifier } : {}),
        status: 'booked',
        ...(basedOn === undefined
          ? {}
          : { basedOn: [{ reference: basedOn.includes('/') ? basedOn : `ServiceRequest/${basedOn}` }] }),
        start: '2027-03-01T10:00:00Z',
        end: '2027-03-01T11:00:00Z',
        slot: [{ reference: on }],
        participant: [{ status: 'accepted', actor: { reference: of } }],
      },
    ],
    [
      on,
      {
        resourceType: 'Slot',
        id: slot,
        status: 'free',
        start: '2027-03-01T10:00:00Z',
        end: '2027-03-01T11:00:00Z',
        schedule: { reference: schedule },
      },
    ],
    [schedule, { resourceType: 'Schedule', actor: [{ reference: place }] }],
    [place, { resourceType: 'HealthcareService', identifier: [{ system: dos, value: service }] }],
    [of, { ...personOf(number), ...(birthDate ? { birthDate } : {}) }],
    ...parties(),
  ]);
}

/** A message that cancels it, with the reason that an example of the standard has. */
export function cancellation({ service, number, identifier, appointment }: Booking & { appointment: string }): Bundle {
  const [at, of] = [urn(), urn()];
  return message(service, reason('new').reason, [
    [
      at,
      {
        resourceType: 'Appointment',
        id: appointment,
        ...(identifier ? { identifier } : {}),
        status: 'cancelled',
        participant: [{ status: 'accepted', actor: { reference: of } }],
      },
    ],
    [of, personOf(number)],
    ...parties(),
  ]);
}

function urn(): string {
  return `urn:uuid:${randomUUID()}`;
}

function parties(): [string, FhirResource][] {
  const names = ['Worth Valley Practice (invented)', 'Keighley Healthy Living'];
  return names.map((name) => [urn(), { resourceType: 'Organization', name }]);
}

function personOf(number: string): Patient {
  const identifier = [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: number }];
  return { resourceType: 'Patient', identifier, name: [{ family: 'Fictitious' }] };
}

function message(service: string, why: unknown, resources: [string, FhirResource][]): Bundle {
  const [first] = resources;
  const header = {
    resourceType: 'MessageHeader',
    eventCoding: { system: 'https://fhir.nhs.uk/CodeSystem/message-events-bars', code: 'booking-request' },
    destination: [{ endpoint: `${dos}|${service}` }],
    source: { endpoint: `${dos}|2000099901` },
    reason: why,
    focus: [{ reference: first?.[0] }],
  } as FhirResource;
  return {
    resourceType: 'Bundle',
    id: randomUUID(),
    meta: { versionId: '1.0.0' },
    type: 'message',
    timestamp: '2027-02-20T09:00:00Z',
    entry: [[urn(), header] as const, ...resources].map(([fullUrl, resource]) => ({
      fullUrl,
      resource,
    })),
  };
}
