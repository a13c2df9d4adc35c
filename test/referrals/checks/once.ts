import type { Entry } from '../courier.js';
import type { Facts } from '../facts.js';
import { grouped } from '../grouped.js';

interface Effect {
  correlationId: string;
  type: string;
  event: string;
  id: string;
  version: number;
  isPart: boolean;
}

const effects = `
  SELECT o.correlation_id AS "correlationId", o.resource_type AS type, o.type AS event, o.resource_id AS id, o.version,
    coalesce(v.content LIKE '%"fulfill"%' AND v.content LIKE '%"partOf"%', false) AS "isPart"
  FROM referral.outbox o LEFT JOIN referral.every_version v
    ON v.type = o.resource_type AND v.id = o.resource_id AND v.version = o.version AND o.version = 1
  WHERE o.correlation_id = ANY ($1) AND o.resource_type IN ('Task', 'ServiceRequest')`;

/** Requests whose effect is missing, doubled, or there though they were refused. */
export async function onceFaults(ledger: readonly Entry[], facts: Facts): Promise<{ entry: Entry; fault: string }[]> {
  const found = [];
  const forwarded = new Set<string>();
  for (let at = 0; at < ledger.length; at += 1_000) {
    const some = ledger.slice(at, at + 1_000);
    const rows = await facts.rows<Effect>(effects, [some.map(({ correlationId }) => correlationId)]);
    const byCause = grouped(rows, ({ correlationId }) => correlationId);
    for (const entry of some) {
      const done = byCause.get(entry.correlationId) ?? [];
      if (entry.target !== undefined && makesPart(done)) forwarded.add(entry.target);
      found.push(...faultsOf(entry, done).map((fault) => ({ entry, fault })));
    }
  }
  return found.filter(({ entry, fault }) => !(fault === madeNothing && isSaidAgain(entry, forwarded)));
}

const madeNothing = 'it made 0 ServiceRequests and 0 parts';

/** Forwarded by another request, to the same provider: then there is nothing more to do. To another one it would be refused. */
function isSaidAgain({ what, target = '' }: Entry, forwarded: ReadonlySet<string>): boolean {
  return what === 'forward' && forwarded.has(target);
}

function makesPart(done: readonly Effect[]): boolean {
  return done.some(({ isPart, version }) => isPart && version === 1);
}

function faultsOf(entry: Entry, done: readonly Effect[]): string[] {
  if (entry.status >= 500) return [`it was answered with ${String(entry.status)}`];
  if (!entry.isTaken) {
    return done.map(({ type, id, event }) => `it was refused, yet ${type}/${id} has ${event}`);
  }
  return [...madeFaults(entry, done), ...turnFaults(entry, done)];
}

function madeFaults({ makes, what }: Entry, done: readonly Effect[]): string[] {
  if (!makes) return [];
  // What came late is kept, and nothing follows from it.
  if (done.some(({ event }) => event === 'referral-turn-came-late.v1')) return [];
  const requests = done.filter(({ type, version }) => type === 'ServiceRequest' && version === 1).length;
  const parts = done.filter(({ isPart, version }) => isPart && version === 1).length;
  const isWhole = what.startsWith('reopen') ? requests <= 1 : requests === makes.requests;
  if (isWhole && parts === makes.parts) return [];
  return [`it made ${String(requests)} ServiceRequests and ${String(parts)} parts`];
}

/** A turn that was there already makes no version: the answer names the one that is there. */
function turnFaults({ target, made, what }: Entry, done: readonly Effect[]): string[] {
  if (target === undefined || what === 'split') return [];
  const own = done.filter(({ type, id }) => type === 'Task' && id === target);
  if (own.length > 1) return [`its Task took ${own.map(({ event }) => event).join(' and ')}`];
  const [one] = own;
  const told = made?.startsWith(`Task/${target}/`) === true ? Number(made.split('/').at(-1)) : undefined;
  if (one && told !== undefined && told !== one.version) {
    return [`it was told version ${String(told)} and made ${String(one.version)}`];
  }
  return [];
}

/** Turns that nobody asked for: not an actor, and not Ginnel itself by its clock or its rules. */
export async function strangeFaults(ledger: readonly Entry[], facts: Facts): Promise<string[]> {
  const known = ledger.map(({ correlationId }) => correlationId);
  const clients = [...new Set(ledger.map(({ by }) => by))];
  const rows = await facts.rows<{ id: string; event: string }>(
    `SELECT resource_id AS id, type AS event FROM referral.outbox
     WHERE resource_type = 'Task' AND agent = ANY ($1) AND NOT correlation_id = ANY ($2)`,
    [clients, known],
  );
  return rows.map(({ id, event }) => `Task/${id} took ${event}, which nobody asked for`);
}
