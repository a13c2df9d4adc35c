import { randomUUID } from 'node:crypto';
import type { Bundle, CarePlan, FhirResource, Resource } from 'fhir/r4';
import { resourcesIn } from '#client';
import { inventedMessage } from '../../../apps/sandbox/src/story/invented-message.js';
import type { Comparison } from '../comparison.js';
import type { Installation } from '../installation.js';
import { Lanes, type Send, type Sending } from '../load/lanes.js';
import { WholeInstallation } from '../whole-installation.js';

const bytes = 20_000;

/** A referral as a message through everything, beside its resources created one by one. */
export async function messageComparison(
  installation: Installation,
): Promise<{ comparison: Comparison; close: () => Promise<void> }> {
  const whole = await WholeInstallation.start({
    ...{ admin: installation.admin, infrastructure: installation.infrastructure },
    startProcess: (...given) => installation.startProcess(...given),
  });
  const { connections } = installation.settings;
  const lanes = new Lanes(whole.url, connections);
  const headers = whole.headers(whole.clients.practice);
  const settle = () => whole.settle();
  const created = 'its resources, created one by one';
  const comparison: Comparison = {
    name: 'message of 20 kB',
    by: 'rate',
    sides: [
      { name: 'POST /fhir/$process-message', run: (seconds) => lanes.run(byMessage(headers), seconds), settle },
      { name: created, run: (seconds) => lanes.run(oneByOne(headers), seconds), settle },
    ],
    goals: [],
    about: { bytes: JSON.stringify(sampleMessage()).length, services: 'all', creates: plainTypes.length + 1 },
  };
  const close = async (): Promise<void> => {
    lanes.close();
    await whole.stop();
  };
  return { comparison, close };
}

function byMessage(headers: Sending['headers']): (send: Send) => Promise<unknown> {
  return (send) => {
    const ids = { 'x-request-id': randomUUID(), 'x-correlation-id': randomUUID() };
    const body = JSON.stringify(sampleMessage());
    return send({ method: 'POST', path: '/fhir/$process-message', headers: { ...headers, ...ids }, body });
  };
}

const plainTypes = ['Condition', 'Encounter', 'CarePlan', 'Consent', 'ServiceRequest'] as const;

/** What the message brings, by a system that knows no messages: the person first, then what is about them, the wish last. */
function oneByOne(headers: Sending['headers']): (send: Send) => Promise<unknown> {
  return async (send) => {
    const message = sampleMessage();
    const [person] = resourcesIn(message, 'Patient');
    const made = new Map([
      [urlOf(message, 'Patient'), await create(send, headers, { ...person, generalPractitioner: [] })],
    ]);
    for (const type of plainTypes) {
      const resource = message.entry?.find((one) => one.resource?.resourceType === type)?.resource;
      if (resource) made.set(urlOf(message, type), await create(send, headers, pointed(resource, made)));
    }
  };
}

async function create(send: Send, headers: Sending['headers'], resource: object): Promise<string> {
  const { resourceType } = resource as Resource;
  const body = JSON.stringify(resource, (_key, value: unknown) => (isEmpty(value) ? undefined : value));
  const made = (await send({ method: 'POST', path: `/fhir/${resourceType}`, headers, body })) as Resource;
  return `${resourceType}/${made.id ?? ''}`;
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** With the references of what was made here; the message's parties are those of the directory. */
function pointed(resource: FhirResource | Resource, made: ReadonlyMap<string, string>): object {
  const text = [...made].reduce((one, [url, place]) => one.replaceAll(url, place), JSON.stringify(resource));
  const known = JSON.parse(text) as Record<string, unknown>;
  if (resource.resourceType !== 'ServiceRequest') return known;
  return { ...known, requester: undefined, performer: [{ reference: 'HealthcareService/staying-steady' }] };
}

function urlOf(message: Bundle, type: string): string {
  return message.entry?.find(({ resource }) => resource?.resourceType === type)?.fullUrl ?? '';
}

/** A referral that says much; no two are about the same person. */
function sampleMessage(): Bundle {
  const message = inventedMessage({ newId: randomUUID, now: new Date(), service: '2000099911' });
  const [plan] = resourcesIn(message, 'CarePlan');
  const [person] = resourcesIn(message, 'Patient');
  Object.assign(person ?? {}, { name: [{ family: `Bench ${randomUUID()}` }] });
  const missing = bytes - JSON.stringify(message).length;
  const text = 'What somebody would write here about stairs, the shop and the night. '.repeat(Math.ceil(missing / 70));
  Object.assign<Partial<CarePlan>, Partial<CarePlan>>(plan ?? {}, { description: text.slice(0, missing - 18) });
  return message;
}
