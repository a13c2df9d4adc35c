import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { stopOnSignals } from '#launchers';
import type { Comparison, MeasuredRow } from './comparison.js';
import { Installation } from './installation.js';
import { commitOf, machineOf } from './machine.js';
import { reportOf } from './report.js';
import { measure } from './rounds.js';
import { createComparison } from './rows/create.js';
import { createWithoutComparison } from './rows/create-without.js';
import { effectComparisons } from './rows/effect.js';
import { messageComparison } from './rows/message.js';
import { overloadComparisons } from './rows/overload.js';
import { readComparison } from './rows/read.js';
import { raceComparison } from './rows/race.js';
import { searchComparisons } from './rows/search.js';
import { sizeComparisons } from './rows/search-at-size.js';
import { preload, type Served } from './rows/served.js';
import { validateComparison } from './rows/validate.js';
import { webhookComparison } from './rows/webhook.js';
import { type BenchSettings, readBenchSettings, type RowName, usage } from './settings.js';

const log = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

try {
  await bench(readBenchSettings(process.argv.slice(2)));
} catch (error) {
  const wrongArguments = error instanceof TypeError && 'code' in error;
  log(`${error instanceof Error ? error.message : 'The bench failed.'}${wrongArguments ? `\n${usage}` : ''}`);
  process.exitCode = 1;
}

/** A goal that is missed is printed, and no failure: only a fault is. */
async function bench(settings: BenchSettings): Promise<void> {
  const installation = await Installation.start(settings, log);
  stopOnSignals(() => installation.stop(), log);
  try {
    const machine = await machineOf(installation);
    const begun = new Date();
    const rows = [
      ...(await servedRows(installation)),
      ...(await withoutRows(installation)),
      ...(await sizeRows(installation)),
      ...(await validateRows(installation)),
      ...(await effectRows(installation)),
      ...(await wholeRows(installation)),
    ];
    const result = { at: begun.toISOString(), ...commitOf(), settings, machine, rows };
    const text = JSON.stringify(result, null, 2);
    const file = resolve(settings.out);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${text}\n`);
    process.stdout.write(`${settings.json ? text : reportOf(rows)}\n`);
    log(`Written to ${settings.out}`);
  } finally {
    await installation.stop();
  }
}

/** What is asked of the services over HTTP, in a process of their own. */
async function servedRows(installation: Installation): Promise<MeasuredRow[]> {
  const { only } = installation.settings;
  const overHttp: readonly RowName[] = ['create', 'race', 'overload', 'read', 'search'];
  if (!only.some((name) => overHttp.includes(name))) return [];
  await preload(installation);
  const server = await installation.startServer();
  try {
    const authorization = `Bearer ${installation.practice.token}`;
    const served: Served = { installation, url: String(server.ready), headers: { authorization } };
    const rows: MeasuredRow[] = [];
    if (only.includes('read')) rows.push(...(await measured(installation, await readComparison(served))));
    if (only.includes('search')) rows.push(...(await measured(installation, await searchComparisons(served))));
    // Last, because they leave rows behind.
    if (only.includes('overload')) rows.unshift(...(await measured(installation, overloadComparisons(served))));
    if (only.includes('race')) rows.unshift(...(await measured(installation, raceComparison(served))));
    if (only.includes('create')) rows.unshift(...(await measured(installation, await createComparison(served))));
    return rows;
  } finally {
    await server.stop();
  }
}

/** What authorisation and audit cost; the services that were measured before have ended. */
async function withoutRows(installation: Installation): Promise<MeasuredRow[]> {
  if (!installation.settings.only.includes('create')) return [];
  return measured(installation, createWithoutComparison(installation));
}

/** Among a thousand tasks and a million, which is filled for this alone. */
async function sizeRows(installation: Installation): Promise<MeasuredRow[]> {
  if (!installation.settings.only.includes('size')) return [];
  return measured(installation, await sizeComparisons(installation));
}

async function validateRows(installation: Installation): Promise<MeasuredRow[]> {
  if (!installation.settings.only.includes('validate')) return [];
  return measured(installation, validateComparison());
}

async function effectRows(installation: Installation): Promise<MeasuredRow[]> {
  if (!installation.settings.only.includes('effect')) return [];
  return measured(installation, await effectComparisons(installation));
}

/** What takes all services, each row with processes and a database of its own. */
async function wholeRows(installation: Installation): Promise<MeasuredRow[]> {
  const { only } = installation.settings;
  const rows: MeasuredRow[] = [];
  if (only.includes('message')) rows.push(...(await measured(installation, await messageComparison(installation))));
  if (only.includes('webhook')) rows.push(...(await measured(installation, await webhookComparison(installation))));
  return rows;
}

async function measured(
  { settings }: Installation,
  { close, ...given }: { close: () => Promise<void> } & ({ comparison: Comparison } | { comparisons: Comparison[] }),
): Promise<MeasuredRow[]> {
  try {
    const rows: MeasuredRow[] = [];
    const comparisons = 'comparison' in given ? [given.comparison] : given.comparisons;
    for (const comparison of comparisons) rows.push(await measure(comparison, { ...settings, log }));
    return rows;
  } finally {
    await close();
  }
}
