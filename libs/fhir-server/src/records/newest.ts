import type { ServiceName } from '#fhir';
import { recordId, recordPlace } from './record-id.js';

/** One record, as a service told of it. */
export interface Told<Item> {
  service: ServiceName;
  /** There. */
  id: string;
  time: Date;
  item: Item;
}

/** What one service tells, newest first. */
export interface TellingOf<Item> {
  told: Told<Item>[];
  /** There may be older ones. */
  more: boolean;
}

/** The last record of a page. */
export type Shown = Pick<Told<unknown>, 'service' | 'id' | 'time'>;

/** One page of what several services tell. Nothing older is shown than what each of them has told of. */
export function newestOf<Item>(
  tellings: readonly TellingOf<Item>[],
  { count, after }: { count: number; after?: Shown | undefined },
): { page: Told<Item>[]; more: boolean } {
  const all = tellings
    .flatMap(({ told }) => told)
    .filter((one) => !after || newestFirst(one, after) > 0)
    .sort(newestFirst);
  const ends = tellings.flatMap(({ told, more }) => (more ? (told.at(-1) ?? []) : []));
  const [horizon] = ends.sort(newestFirst);
  const reached = horizon ? all.filter((one) => newestFirst(one, horizon) <= 0) : all;
  const page = reached.slice(0, count);
  return { page, more: all.length > page.length || horizon !== undefined };
}

/** By time; of one time by service, and then by id downwards. */
function newestFirst(one: Shown, other: Shown): number {
  const byTime = other.time.getTime() - one.time.getTime();
  if (byTime !== 0) return byTime;
  if (one.service !== other.service) return one.service < other.service ? -1 : 1;
  return one.id === other.id ? 0 : one.id > other.id ? -1 : 1;
}

/** How a page ends, for the link to the next. */
export function sealedPlace({ time, ...place }: Shown): { id: string; values: string[] } {
  return { id: recordId(place), values: [time.toISOString()] };
}

export function placeIn({ id, values: [time] }: { id: string; values: (string | null)[] }): Shown {
  const place = recordPlace(id);
  if (!place) throw new Error('A page link of ours names no record.');
  return { ...place, time: new Date(time ?? '') };
}
