import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type ServiceName, serviceNames } from '#fhir';
import { AuditChain, type AuditVerdict, type Head } from '#fhir-store';
import { Broker } from '#messaging';
import { Database } from '#postgres';
import { projectRoot } from '#programmes';
import { headsIn, publishedHeads, type PublishedHead, schemaOf, serviceUrl } from '#service';
import { findPlace, type Place } from '../operate/where.js';
import { readNatsNamespace } from '../person/person.config.js';
import { readSandboxConfig } from '../sandbox.config.js';
import type { Command } from './command.js';

const lines = [
  'audit verify [--heads <file>]   finds what was removed, changed, reordered or cut off; exit 1 where something was',
  'audit heads                     the heads as they were published, one a line, to be kept elsewhere for --heads',
];

/** A first head goes out directly after its block, unless NATS is away. */
const firstHeadMs = 5_000;
const lookAgainMs = 250;

/** Whether the audit of every service is still what it was. */
export const auditCommand: Command = {
  usage: lines,
  run: async (words) => {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { heads: { type: 'string' } },
    });
    const [verb] = positionals;
    if (verb !== 'verify' && verb !== 'heads') throw new Error(lines.join('\n'));
    if (values.heads !== undefined && !existsSync(values.heads)) throw new Error(`There is no file ${values.heads}.`);
    const kept = values.heads === undefined ? [] : headsIn(readFileSync(values.heads, 'utf8'));
    const { dataFolder } = readSandboxConfig(join(projectRoot(), '.ginnel'));
    const place = await findPlace(dataFolder);
    const installation = { ...place, namespace: readNatsNamespace() };
    const work = verb === 'heads' ? printHeads(installation) : verifyAll(installation, { kept, print });
    return work.finally(() => place.leave());
  },
};

export interface Installation extends Omit<Place, 'natsMonitorUrl'> {
  natsMonitorUrl?: string | undefined;
  namespace?: string | undefined;
}

/** Verifies every service against its published heads and those that were kept; resolves with the exit code. */
export async function verifyAll(
  installation: Installation,
  { kept, print: say }: { kept: readonly PublishedHead[]; print: (line: string) => void },
): Promise<number> {
  const { databaseUrl } = installation;
  const published = await headsOf(installation);
  const checked: Checked[] = [];
  for (const service of serviceNames)
    checked.push(await checkedOf(databaseUrl, { service, heads: [...kept, ...published] }));
  const fresh = checked.some(isHeadless) ? await firstHeadsOf(installation, checked.filter(isHeadless)) : [];
  let faults = 0;
  for (const first of checked) {
    const { service } = first;
    const again = fresh.some((head) => head.service === service);
    const found = again ? await checkedOf(databaseUrl, { service, heads: fresh }) : first;
    faults += found.verdict.faults.length;
    for (const line of linesOf(service, found.verdict)) say(line);
    if (!isHeadless(found)) continue;
    faults += 1;
    say(`${service}: no head is kept anywhere: whether this chain was made anew cannot be told`);
  }
  say(
    faults === 0
      ? 'The audit is whole.'
      : `The audit is not whole: ${faults === 1 ? 'one fault' : `${String(faults)} faults`}.`,
  );
  return faults === 0 ? 0 : 1;
}

interface Checked {
  service: ServiceName;
  /** How many were known when the chain was read. */
  heads: number;
  verdict: AuditVerdict;
}

function isHeadless({ heads, verdict }: Checked): boolean {
  return verdict.entries > 0 && heads === 0;
}

async function checkedOf(
  databaseUrl: string,
  { service, heads }: { service: ServiceName; heads: readonly PublishedHead[] },
): Promise<Checked> {
  const own = heads.filter((head) => head.service === service);
  return { service, heads: own.length, verdict: await verdictOf(databaseUrl, service, own) };
}

/** A service seals its first block before it publishes the first head: between the two nothing is wrong, so it is waited for. */
async function firstHeadsOf(installation: Installation, headless: readonly Checked[]): Promise<PublishedHead[]> {
  const services = headless.map(({ service }) => service);
  const until = Date.now() + firstHeadMs;
  for (;;) {
    const heads = (await headsOf(installation)).filter(({ service }) => services.some((one) => one === service));
    const told = new Set(heads.map(({ service }) => service));
    if (told.size === services.length || Date.now() >= until) return heads;
    await pause(lookAgainMs);
  }
}

async function printHeads(installation: Installation): Promise<number> {
  for (const head of await headsOf(installation)) print(JSON.stringify(head));
  return 0;
}

async function headsOf({ natsUrl, natsMonitorUrl, namespace }: Installation): Promise<PublishedHead[]> {
  const broker = await Broker.connect({
    url: natsUrl,
    name: 'ginnel-audit-command',
    ...(natsMonitorUrl === undefined ? { assertSync: true } : { monitorUrl: natsMonitorUrl }),
    ...(namespace === undefined ? {} : { namespace }),
  });
  try {
    const heads = await Promise.all(serviceNames.map((service) => publishedHeads(broker, service)));
    return heads.flat();
  } finally {
    await broker.close();
  }
}

async function verdictOf(adminUrl: string, service: ServiceName, heads: readonly Head[]): Promise<AuditVerdict> {
  const database = new Database({
    url: serviceUrl(adminUrl, service),
    schema: schemaOf(service),
    applicationName: 'ginnel-audit-command',
    maxConnections: 1,
    statementTimeoutMs: 600_000,
  });
  try {
    return await new AuditChain(database).verify(heads);
  } finally {
    await database.close();
  }
}

function linesOf(service: string, { entries, unsealed, heads, since, droppedUpTo, faults }: AuditVerdict): string[] {
  const dropped = droppedUpTo === 0 ? '' : `, up to ${String(droppedUpTo)} dropped when their time was over`;
  const from = since === undefined ? '' : `, kept since ${since.toISOString().slice(0, 10)}`;
  return [
    `${service}: ${String(entries)} entries sealed${dropped}${from}, ${String(unsealed)} not yet, ${String(heads)} published heads compared`,
    ...faults.map(({ kind, entry, id, says }) => {
      const which = entry === undefined ? 'an entry' : `entry ${String(entry)}`;
      return `${service}: ${kind}: ${which}${id === undefined ? '' : ` (${id})`} ${says}`;
    }),
  ];
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
