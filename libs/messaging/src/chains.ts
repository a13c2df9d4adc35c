import type { FhirResource } from 'fhir/r4';
import { laneOf } from '#events';
import { resourceOf, type Unpublished } from './outbox.js';

/** Rows that are sent one after the other. */
export interface Chain {
  rows: Unpublished[];
  /** The resources and referrals that they are about: while this chain waits, what comes later of any of these waits too. */
  keys: Set<string>;
}

/** In their order, everything of one referral in one chain; the versions of a resource stay together, whatever they are part of. */
export function chainsOf(rows: readonly Unpublished[]): Chain[] {
  const placed = rows.map((row) => ({ row, resource: resourceOf(row), lane: laneOfRow(row) }));
  const joined = new Map<string, string>();
  const rootOf = (key: string): string => {
    const up = joined.get(key) ?? key;
    return up === key ? key : rootOf(up);
  };
  for (const { resource, lane } of placed) joined.set(rootOf(resource), rootOf(lane));
  const chains = new Map<string, Chain>();
  for (const { row, resource, lane } of placed) {
    const root = rootOf(resource);
    const chain = chains.get(root) ?? { rows: [], keys: new Set() };
    chain.rows.push(row);
    chain.keys.add(resource).add(lane);
    chains.set(root, chain);
  }
  return [...chains.values()];
}

/** Only what names a ServiceRequest is parsed: nothing else is part of a referral. */
function laneOfRow({ resource_type: type, resource_id: id, content }: Unpublished): string {
  const resource = content?.includes('ServiceRequest/') ? (JSON.parse(content) as FhirResource) : undefined;
  return laneOf({ type, id }, resource);
}
