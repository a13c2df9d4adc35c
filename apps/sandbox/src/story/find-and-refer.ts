import type { Bundle, HealthcareService, Patient, ServiceRequest, Subscription } from 'fhir/r4';
import { messageIds, resourcesIn } from '#client';
import { inventedMessage } from './invented-message.js';
import { idOf, matchesIn, type Stage } from './stage.js';

export interface Referred {
  /** Id of the ServiceRequest. */
  request: string;
  patient: string;
}

/** The practice looks for an activity and refers a person, as a BaRS message. */
export async function findAndRefer(stage: Stage): Promise<Referred> {
  const { cast, systems, narrator, newId, now } = stage;
  narrator.chapter('A practice finds an activity and refers an invented person');
  const found = await narrator.step<Bundle>(
    'The practice looks for exercise for long-term pain within 5 km of BD21 1AA.',
    () => cast.practice.operation({ name: 'find-activities', resourceType: 'HealthcareService', input: wish() }),
  );
  const services = matchesIn<HealthcareService>(found);
  narrator.remark(services.map(({ name }) => name).join(', '));
  const chosen = services.find(({ id }) => id === 'staying-steady');
  const service = chosen?.identifier?.[0]?.value ?? '';
  const message = inventedMessage({ newId, now: now(), service });
  const ids = messageIds();
  const headers = { 'X-Request-Id': ids.requestId, 'X-Correlation-Id': ids.correlationId };
  const path = '/fhir/$process-message';
  const send = (withHeaders: Record<string, string>) => () =>
    cast.practice.operation({ name: 'process-message', input: message as never, options: { headers: withHeaders } });
  const { answer = message } = await narrator.call(
    `It sends the referral to ${chosen?.name ?? ''} as a BaRS message.`,
    { method: 'POST', path },
    () => systems.practice.sendMessage(message, ids),
  );
  narrator.remark(`Reference to say on the telephone: ${referenceIn(answer)}`);
  await narrator.refusal('The same message again is known already: no second referral.', 409, send(headers));
  await narrator.refusal('Without X-Request-Id it is not taken.', 400, send({ 'X-Correlation-Id': newId() }));
  const [request] = resourcesIn(answer, 'ServiceRequest');
  const [patient] = resourcesIn(answer, 'Patient');
  return { request: idOf(request), patient: idOf(patient) };
}

/** Another person, referred with plain FHIR: a Patient, then an active ServiceRequest. */
export async function referPlainly({ cast, narrator, now }: Stage): Promise<Referred> {
  narrator.chapter('The same with plain FHIR, for another invented person');
  const patient = await narrator.step<Patient>('The practice creates the Patient.', () =>
    cast.practice.create({
      resourceType: 'Patient',
      body: {
        resourceType: 'Patient',
        name: [{ family: 'Imaginary', given: ['Sam'] }],
        gender: 'male',
        birthDate: '1949-11-05',
      },
    }),
  );
  const body: ServiceRequest = {
    resourceType: 'ServiceRequest',
    status: 'active',
    intent: 'order',
    subject: { reference: `Patient/${idOf(patient)}` },
    authoredOn: now().toISOString(),
    performer: [{ reference: 'HealthcareService/games-cafe' }],
  };
  const request = await narrator.step<ServiceRequest>(
    'An active ServiceRequest makes the referral and its Tasks.',
    () => cast.practice.create({ resourceType: 'ServiceRequest', body: body as never }),
  );
  return { request: idOf(request), patient: idOf(patient) };
}

/** The practice asks to be told when an outcome is ready. */
export async function subscribe({ cast, narrator }: Stage, endpoint: string): Promise<Subscription> {
  const body: Subscription = {
    resourceType: 'Subscription',
    status: 'requested',
    reason: 'Tell us when an outcome summary is ready.',
    criteria: 'DocumentReference?status=current',
    channel: { type: 'rest-hook', endpoint, payload: 'application/fhir+json' },
  };
  return narrator.step<Subscription>('The practice subscribes: tell us when an outcome is ready.', () =>
    cast.practice.create({ resourceType: 'Subscription', body: body as never }),
  );
}

/** Its address is gone when the story ends. */
export async function unsubscribe({ cast, narrator }: Stage, { id = '' }: Subscription): Promise<void> {
  const current = (await cast.practice.read({ resourceType: 'Subscription', id })) as unknown as Subscription;
  await narrator.step('The practice ends its subscription.', () =>
    cast.practice.update({ resourceType: 'Subscription', id, body: { ...current, status: 'off' } }),
  );
}

function wish() {
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'text', valueString: 'exercise' },
      { name: 'condition', valueCoding: { system: 'http://snomed.info/sct', code: '82423001' } },
      { name: 'postcode', valueString: 'BD21 1AA' },
      { name: 'distance', valueQuantity: { value: 5, unit: 'km', code: 'km', system: 'http://unitsofmeasure.org' } },
    ],
  };
}

function referenceIn(answer: Bundle): string {
  const encounters = resourcesIn(answer, 'Encounter');
  return encounters.find(({ status }) => status === 'planned')?.identifier?.[0]?.value ?? 'none';
}
