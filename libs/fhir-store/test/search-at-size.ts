import type { Audience } from '#fhir';
import { parseSearch } from '#fhir-search';
import type { FhirStore } from '../src/index.js';

/** How long a search takes, in milliseconds. */
export interface Taken {
  asked: string;
  p50: number;
  p99: number;
}

/** Searches among the tasks of `seedTasks`, each with other values every time where it has some: 20 results, no total. */
const asked: Readonly<Record<string, (at: number, rows: number) => string>> = {
  'by identifier': (at, rows) => `identifier=referral-${String(1 + ((at * 7919) % rows))}`,
  'by patient': (at, rows) => `patient=Patient/${String((at * 7919) % Math.min(rows, 50_000))}`,
  'a worklist by status and owner': (at) => `status=requested&owner=Organization/provider-${String(at % 50)}`,
  'newest by status': () => 'status=requested,in-progress',
  'by date': (at) => `authored-on=2026-01-01T0${String(at % 10)}:05`,
  'sorted by date': () => '_sort=-authored-on',
  'sorted by status': () => '_sort=status',
  'through a chain': (at, rows) => `part-of.identifier=referral-${String(1 + ((at * 7919) % rows))}`,
};

/** Each search so many times, one after another, after some that warm it up. */
export async function timesOf(
  store: FhirStore,
  { reader, rows, times }: { reader: Audience; rows: number; times: number },
): Promise<Taken[]> {
  const taken: Taken[] = [];
  for (const [name, queryAt] of Object.entries(asked)) {
    const measured: number[] = [];
    for (let at = 0; at < times + 20; at++) {
      const { query } = parseSearch('Task', new URLSearchParams(`${queryAt(at, rows)}&_count=20`), { lenient: false });
      const begun = performance.now();
      await store.search(query, reader);
      if (at >= 20) measured.push(performance.now() - begun);
    }
    measured.sort((a, b) => a - b);
    taken.push({ asked: name, p50: share(measured, 0.5), p99: share(measured, 0.99) });
  }
  return taken;
}

function share(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}
