import type { Appointment, Bundle, BundleEntry, FhirResource, MessageHeader, ServiceRequest } from 'fhir/r4';
import {
  barsUseCaseSystem,
  messageCategorySystem,
  messageEventSystem,
  messageReasonSystem,
  vcseUseCase,
} from './codes.js';
import { type MessageContext } from './message-context.js';

/** The smallest messages that matter, for the specs of this folder. Names and numbers are invented. */
export const serviceEndpoint = 'https://fhir.nhs.uk/Id/dos-service-id|2000099001';
export const bundleId = 'f1a3c1de-0b1c-4c8e-9a55-1d2b8a9e0001';

export const urls = {
  serviceRequest: 'urn:uuid:f1a3c1de-0b1c-4c8e-9a55-1d2b8a9e0011',
  patient: 'urn:uuid:f1a3c1de-0b1c-4c8e-9a55-1d2b8a9e0012',
  encounter: 'urn:uuid:f1a3c1de-0b1c-4c8e-9a55-1d2b8a9e0013',
  carePlan: 'urn:uuid:f1a3c1de-0b1c-4c8e-9a55-1d2b8a9e0014',
  sender: 'urn:uuid:f1a3c1de-0b1c-4c8e-9a55-1d2b8a9e0015',
  receiver: 'urn:uuid:f1a3c1de-0b1c-4c8e-9a55-1d2b8a9e0016',
  theirEncounter: 'urn:uuid:f1a3c1de-0b1c-4c8e-9a55-1d2b8a9e0017',
  appointment: 'urn:uuid:f1a3c1de-0b1c-4c8e-9a55-1d2b8a9e0018',
  slot: 'urn:uuid:f1a3c1de-0b1c-4c8e-9a55-1d2b8a9e0019',
  schedule: 'urn:uuid:f1a3c1de-0b1c-4c8e-9a55-1d2b8a9e0020',
  service: 'urn:uuid:f1a3c1de-0b1c-4c8e-9a55-1d2b8a9e0023',
};

/** A GP practice refers somebody to a community pharmacy. */
export function newReferral(): Bundle {
  return message([
    header('servicerequest-request', 'new', 'servicerequest-request-referral'),
    [urls.serviceRequest, serviceRequest('referral', { system: barsUseCaseSystem, code: 'a5t1' })],
    ...assessment({ encounter: 'finished', carePlan: 'completed' }),
    ...parties(),
    ...roles(),
  ]);
}

/** The same to a voluntary-sector provider, with no more than that asks for. */
export function vcseReferral(): Bundle {
  const [url, plain] = header('servicerequest-request', 'new', 'servicerequest-request-referral');
  delete plain.definition;
  return message([
    [url, plain],
    [urls.serviceRequest, { ...serviceRequest('referral', vcseUseCase), intent: 'order' }],
    ...parties(),
  ]);
}

export function newValidation(): Bundle {
  const request = serviceRequest('validation', { system: barsUseCaseSystem, code: 'a4t1' });
  return message([
    header('servicerequest-request', 'new', 'servicerequest-request-validation'),
    [
      urls.serviceRequest,
      { ...request, occurrencePeriod: { start: '2026-03-02T09:00:00Z', end: '2026-03-02T09:20:00Z' } },
    ],
    ...assessment({ encounter: 'triaged', carePlan: 'active' }),
    ...parties(),
    ...roles(),
    ['urn:uuid:f1a3c1de-0b1c-4c8e-9a55-1d2b8a9e0031', { resourceType: 'Location' }],
  ]);
}

export function cancellation(): Bundle {
  return message([
    header('servicerequest-request', 'update', 'servicerequest-request-cancelled'),
    [
      urls.serviceRequest,
      { ...serviceRequest('referral', { system: barsUseCaseSystem, code: 'a5t1' }), id: 'sr-1', status: 'revoked' },
    ],
    ...parties(),
  ]);
}

/** The receiver could not take the person: the focus is its own Encounter. */
export function answer(): Bundle {
  const [url, responding] = header('servicerequest-response', 'new', 'servicerequest-response-referral-short');
  responding.response = { identifier: bundleId, code: 'ok' };
  responding.focus = [{ reference: urls.theirEncounter }];
  return message([
    [url, responding],
    [urls.serviceRequest, serviceRequest('referral', { system: barsUseCaseSystem, code: 'a5t1' })],
    ...assessment({ encounter: 'finished' }),
    [
      urls.theirEncounter,
      { resourceType: 'Encounter', status: 'cancelled', class: { code: 'AMB' }, reasonCode: [{ text: 'capacity' }] },
    ],
    ...parties(),
    ...roles(),
  ]);
}

/** A GP practice books a Slot of a service. */
export function booking(): Bundle {
  const [url, made] = header('booking-request', 'new', 'booking-request');
  made.focus = [{ reference: urls.appointment }];
  return message([
    [url, made],
    [urls.appointment, { ...appointment(), slot: [{ reference: urls.slot }] }],
    [
      urls.slot,
      { resourceType: 'Slot', id: 'slot-1', ...hour, status: 'busy', schedule: { reference: urls.schedule } },
    ],
    [urls.schedule, { resourceType: 'Schedule', actor: [{ reference: urls.service }] }],
    [urls.service, { resourceType: 'HealthcareService' }],
    ...parties(),
  ]);
}

export function bookingCancellation(): Bundle {
  const [url, ended] = header('booking-request', 'update', 'booking-request-cancelled');
  ended.focus = [{ reference: urls.appointment }];
  return message([
    [url, ended],
    [urls.appointment, { ...appointment(), id: 'appointment-1', status: 'cancelled' }],
    ...parties(),
  ]);
}

/** All is as it should be: the service takes every use case above, the message is known, the ServiceRequest active. */
export function context(changes: Partial<MessageContext> = {}): MessageContext {
  return {
    headers: {
      'x-request-id': '0b7f4b0e-2f60-4a39-8f0a-3f5d6a1c0001',
      'X-Correlation-ID': '0B7F4B0E-2F60-4A39-8F0A-3F5D6A1C0002',
      'nhsd-target-identifier': base64({ system: 'http://fhir.nhs.uk/id/dos-service-id', value: '2000099001' }),
      accept: 'application/fhir+json; version=1.4.0',
    },
    services: ({ system, value }) =>
      `${system}|${value}` === serviceEndpoint
        ? {
            acceptsUseCases: [
              { system: barsUseCaseSystem, code: 'a5t1' },
              { system: barsUseCaseSystem, code: 'a4t1' },
              vcseUseCase,
            ],
          }
        : undefined,
    known: {
      messages: (id) => id === bundleId,
      serviceRequest: (id) => (id === 'sr-1' ? { status: 'active' } : undefined),
      slot: (id) => ({ 'slot-1': 'free' as const, 'slot-2': 'full' as const })[id],
      appointment: (id) => (id === 'appointment-1' ? { status: 'booked' } : undefined),
    },
    ...changes,
  };
}

export function base64(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64');
}

function message(resources: readonly (readonly [string, FhirResource])[]): Bundle {
  return {
    resourceType: 'Bundle',
    id: bundleId,
    meta: { versionId: '1.0.0' },
    type: 'message',
    timestamp: '2026-03-02T09:00:00Z',
    entry: resources.map(([fullUrl, resource]): BundleEntry => ({ fullUrl, resource })),
  };
}

function header(event: string, reason: string, definition: string): [string, MessageHeader] {
  return [
    'urn:uuid:f1a3c1de-0b1c-4c8e-9a55-1d2b8a9e0010',
    {
      resourceType: 'MessageHeader',
      eventCoding: { system: messageEventSystem, code: event },
      destination: [{ endpoint: serviceEndpoint, receiver: { reference: urls.receiver } }],
      sender: { reference: urls.sender },
      source: { endpoint: 'https://fhir.nhs.uk/Id/dos-service-id|2000099002' },
      reason: { coding: [{ system: messageReasonSystem, code: reason }] },
      focus: [{ reference: urls.serviceRequest }],
      definition: `https://fhir.nhs.uk/MessageDefinition/bars-message-${definition}`,
    },
  ];
}

const hour = { start: '2026-03-09T10:00:00Z', end: '2026-03-09T11:00:00Z' };

function appointment(): Appointment {
  return {
    resourceType: 'Appointment',
    status: 'booked',
    ...hour,
    serviceCategory: [{ coding: [{ system: barsUseCaseSystem, code: 'a5t1' }] }],
    participant: [{ status: 'accepted', actor: { reference: urls.patient } }],
  };
}

function serviceRequest(category: string, useCase: { system: string; code: string }): ServiceRequest {
  return {
    resourceType: 'ServiceRequest',
    status: 'active',
    intent: 'plan',
    category: [{ coding: [{ system: messageCategorySystem, code: category }, useCase] }],
    subject: { reference: urls.patient },
    authoredOn: '2026-03-02T08:55:00Z',
  };
}

function assessment(status: {
  encounter: 'finished' | 'triaged';
  carePlan?: 'completed' | 'active';
}): [string, FhirResource][] {
  const subject = { reference: urls.patient };
  return [
    [urls.encounter, { resourceType: 'Encounter', status: status.encounter, class: { code: 'AMB' }, subject }],
    ...(status.carePlan === undefined
      ? []
      : [
          [urls.carePlan, { resourceType: 'CarePlan', status: status.carePlan, intent: 'plan', subject }] as [
            string,
            FhirResource,
          ],
        ]),
  ];
}

function parties(): [string, FhirResource][] {
  return [
    [urls.patient, { resourceType: 'Patient', telecom: [{ system: 'phone', value: '07700 900001' }] }],
    [
      urls.sender,
      {
        resourceType: 'Organization',
        identifier: [{ system: 'http://fhir.nhs.uk/id/ods-organisation-code', value: 'X99001' }],
      },
    ],
    [urls.receiver, { resourceType: 'Organization', name: 'The receiving organisation' }],
  ];
}

function roles(): [string, FhirResource][] {
  return [
    ['urn:uuid:f1a3c1de-0b1c-4c8e-9a55-1d2b8a9e0021', { resourceType: 'Practitioner' }],
    ['urn:uuid:f1a3c1de-0b1c-4c8e-9a55-1d2b8a9e0022', { resourceType: 'PractitionerRole' }],
    ['urn:uuid:f1a3c1de-0b1c-4c8e-9a55-1d2b8a9e0023', { resourceType: 'HealthcareService' }],
    [
      'urn:uuid:f1a3c1de-0b1c-4c8e-9a55-1d2b8a9e0024',
      {
        resourceType: 'Consent',
        status: 'active',
        scope: { text: 'privacy' },
        category: [{ text: 'direct care' }],
        patient: { reference: urls.patient },
      },
    ],
  ];
}
