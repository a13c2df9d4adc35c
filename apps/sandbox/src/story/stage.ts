import type { Bundle, FhirResource, Task } from 'fhir/r4';
import type { Client } from 'fhir-kit-client';
import type { Cast, Systems } from './cast.js';
import { eventually } from '../eventually.js';
import type { Narrator } from './narrator.js';

/** What every chapter has at hand. */
export interface Stage {
  cast: Cast;
  systems: Systems;
  narrator: Narrator;
  baseUrl: string;
  newId: () => string;
  now: () => Date;
}

export const base = 'https://ginnel.org.uk/fhir';

/** The resources of a searchset, without what was included. */
export function matchesIn<R extends FhirResource>(bundle: Bundle): R[] {
  const matches = (bundle.entry ?? []).filter(({ search }) => search?.mode !== 'include' && search?.mode !== 'outcome');
  return matches.map(({ resource }) => resource as R);
}

/** The Task with a change, as its provider updates it. */
export async function moveTask(
  { narrator }: Stage,
  client: Client,
  { words, id, change }: { words: string; id: string; change: (task: Task) => Task },
): Promise<Task> {
  const task = (await client.read({ resourceType: 'Task', id })) as unknown as Task;
  const headers = { 'If-Match': `W/"${task.meta?.versionId ?? ''}"` };
  const body = change(task) as never;
  return narrator.step<Task>(words, () => client.update({ resourceType: 'Task', id, body, options: { headers } }));
}

/** Waits until a search finds what an event should have made, and says so. */
export async function untilFound<R extends FhirResource>(
  { narrator }: Stage,
  client: Client,
  { words, type, query, count = 1 }: { words: string; type: string; query: Record<string, string>; count?: number },
): Promise<R[]> {
  const begun = performance.now();
  const ask = async () =>
    matchesIn<R>((await client.search({ resourceType: type, searchParams: query })) as unknown as Bundle);
  const found = await eventually(ask, (matches) => matches.length >= count, {
    withinMs: 20_000,
    late: () => 'What an event should have done did not happen within 20 seconds.',
  });
  narrator.happened(words, begun);
  return found;
}

export function businessStatus(code: string) {
  return { coding: [{ system: `${base}/CodeSystem/referral-business-status`, code }] };
}

/** The id that the server gave. */
export function idOf(resource: FhirResource | undefined): string {
  if (resource?.id === undefined) throw new Error('A resource of the story has no id.');
  return resource.id;
}
