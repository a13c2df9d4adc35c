import type { Bundle, FhirResource, Group, Patient, ServiceRequest, Subscription, Task } from 'fhir/r4';
import { eventually } from '../eventually.js';
import { idIn, messageOf, takeMessage } from '../messages.js';
import { Actors, type OpenReferral, placeOf } from '../outcome-actors.js';
import type { World } from '../world.js';

/** An invented person whose referral went through the whole loop. */
export interface Somebody {
  number: string;
  family: string;
  referral: OpenReferral;
  /** Patient records: the practice's, another organisation's, and one that is only linked to that. */
  patients: string[];
}

const system = 'https://fhir.nhs.uk/Id/nhs-number';

/** A referral by message, worked on, answered before and after, completed; and whatever else may come to hold a person. */
export async function referSomebody(
  world: World,
  { number, family }: { number: string; family: string },
): Promise<Somebody> {
  const actors = new Actors(() => world);
  const sent = await takeMessage(world, messageOf(number, { name: [{ family, given: ['Marked'] }] }));
  const request = idIn(sent, 'ServiceRequest');
  const { subject } = await actors.read<ServiceRequest>('practice', `ServiceRequest/${request}`);
  const tasks = await actors.search<Task>('practice', `Task?focus=ServiceRequest/${request}`);
  const taskOf = (parted: boolean) => tasks.find(({ partOf }) => (partOf !== undefined) === parted)?.id ?? '';
  const patient = subject.reference?.split('/')[1] ?? '';
  const referral = { request, patient, parent: taskOf(false), part: taskOf(true) };
  await actors.answer(referral, { at: 'baseline', authored: '2026-03-15', level: 1 });
  await actors.start(referral);
  await actors.answer(referral, { at: 'after', authored: '2026-07-15', level: 2 });
  await actors.complete(referral);
  await eventually(
    () => actors.search<FhirResource>('practice', `DocumentReference?subject=Patient/${patient}`),
    (found) => found.length === 1,
  );
  const elsewhere = await recordElsewhere(world, { number, family });
  const linked = await send<Patient>(world, 'integrator', {
    resourceType: 'Patient',
    name: [{ family }],
    link: [{ type: 'seealso', other: { reference: `Patient/${elsewhere}` } }],
  });
  await askLater(world, number);
  return { number, family, referral, patients: [patient, elsewhere, linked.id ?? ''] };
}

/** By a condition, which is remembered with the number in it. */
async function recordElsewhere(world: World, { number, family }: { number: string; family: string }): Promise<string> {
  const made = await world.send<Patient>('integrator', {
    method: 'POST',
    path: '/fhir/Patient',
    headers: { 'if-none-exist': `identifier=${system}|${number}` },
    body: { resourceType: 'Patient', identifier: [{ system, value: number }], name: [{ family }] },
  });
  if (made.status !== 201) throw new Error(made.text);
  return made.body.id ?? '';
}

/** A job whose answer is kept for a while. */
async function askLater(world: World, number: string): Promise<void> {
  const path = `/fhir/Patient?identifier=${encodeURIComponent(`${system}|${number}`)}`;
  const begun = await world.send('practice', { path, headers: { prefer: 'respond-async' } });
  const address = new URL(begun.headers.get('content-location') ?? '').pathname;
  await eventually(
    () => world.send('practice', { path: address }),
    ({ status }) => status === 200,
  );
}

/** Somebody who is told of every Task of a person, and cannot be reached: what is to be delivered waits. */
export async function tellNobody(world: World, { referral }: Somebody): Promise<Subscription> {
  const made = await send<Subscription>(world, 'practice', {
    resourceType: 'Subscription',
    status: 'requested',
    reason: 'To hear of one person',
    criteria: `Task?patient=Patient/${referral.patient}`,
    channel: { type: 'rest-hook', endpoint: 'http://127.0.0.1:9/', payload: 'application/fhir+json' },
  });
  const actors = new Actors(() => world);
  const task = await actors.read<Task>('provider-khl', `Task/${referral.part}`);
  await actors.send('provider-khl', 'PUT', { ...task, note: [{ text: 'Marked: to be told' }] });
  return made;
}

/** Of several people at once. */
export function groupOf(world: World, people: readonly Somebody[]): Promise<Group> {
  return send<Group>(world, 'integrator', {
    resourceType: 'Group',
    type: 'person',
    actual: true,
    member: people.map(({ patients: [, elsewhere], family }) => ({
      entity: { reference: `Patient/${elsewhere ?? ''}`, display: family },
    })),
  });
}

/** All that the practice may see of somebody, as it is served. */
export async function everythingOf(world: World, { referral }: Somebody): Promise<string[]> {
  const path = `/fhir/Patient/${referral.patient}/$everything?_count=500`;
  const { body } = await world.send<Bundle<FhirResource>>('practice', { path });
  return (body.entry ?? []).map(({ resource }) => `${placeOf(resource)} ${resource?.meta?.versionId ?? ''}`).sort();
}

async function send<R extends FhirResource>(world: World, as: Parameters<World['send']>[0], body: R): Promise<R> {
  const answer = await world.send<R>(as, { method: 'POST', path: `/fhir/${body.resourceType}`, body });
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.body;
}
