import { dosServiceSystem, normaliseIdentifierSystem } from '#fhir';

/**
 * A search as senders of the Booking and Referral Standard write it, in FHIR's words. `patient:identifier` means the
 * Patient's own identifier there; in FHIR it is that of the reference, which a referral of ours never has alone. FHIR's own
 * spellings pass as they are. https://digital.nhs.uk/developer/api-catalogue/booking-and-referral-fhir
 */
export function standardSpelling(type: string, query: URLSearchParams): URLSearchParams {
  const spell = spellings[type];
  if (spell === undefined) return query;
  return new URLSearchParams([...query].map(([name, value]) => spell(name, value)));
}

type Pair = [name: string, value: string];

const spellings: Readonly<Partial<Record<string, (name: string, value: string) => Pair>>> = {
  ServiceRequest: aboutAPatient,
  Appointment: aboutAPatient,
  Slot: ofAService,
};

const ofThePatient: readonly string[] = ['name', 'birthdate', 'address-postalcode'];

function aboutAPatient(name: string, value: string): Pair {
  if (name === 'patient:identifier') return ['patient.identifier', inEverySpelling(value)];
  const asked = ofThePatient.find((each) => name === `patient:${each}`);
  if (asked !== undefined) return [`patient.${asked}`, value];
  if (name === 'ServiceRequest.identifier' || name === 'Appointment.identifier') {
    return ['identifier', inEverySpelling(value)];
  }
  return [name, value];
}

/** A bare number is the service's in the directory of services. Included is what FHIR includes step by step. */
function ofAService(name: string, value: string): Pair {
  if (/^schedule\.actor:healthcareservice$/i.test(name)) {
    const actor = 'schedule.actor:HealthcareService';
    if (value.includes('|')) return [`${actor}.identifier`, inEverySpelling(value)];
    if (/^\d+$/.test(value)) return [`${actor}.identifier`, `${dosServiceSystem}|${value}`];
    return ['schedule.actor', value.includes('/') ? value : `HealthcareService/${value}`];
  }
  if (name !== '_include' && name !== '_include:recurse') return [name, value];
  const [source = '', ...rest] = value.split(/[:.]/);
  const path = [source, ...rest.map((each) => (each === 'providedBy' ? 'organization' : each))].join(':');
  return [source === 'Slot' ? '_include' : '_include:iterate', path];
}

/** As it was written, and as the system is written today. */
function inEverySpelling(value: string): string {
  const written = value.split(',');
  const current = written.map((each) => {
    const bar = each.lastIndexOf('|');
    return bar <= 0 ? each : `${normaliseIdentifierSystem(each.slice(0, bar))}${each.slice(bar)}`;
  });
  return [...new Set([...written, ...current])].join(',');
}
