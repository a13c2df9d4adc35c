import { placeFaults } from './checks/places.js';
import { onceFaults, strangeFaults } from './checks/once.js';
import { chainFaults, recordFaults } from './checks/records.js';
import { ToldCheck } from './checks/told.js';
import { walkFaults } from './checks/walk.js';
import { wholeFaults } from './checks/whole.js';
import type { Entry } from './courier.js';
import type { Facts, History, Version } from './facts.js';
import { grouped } from './grouped.js';
import type { Installation } from './installation.js';
import type { Life } from './life.js';
import type { Listener } from './listener.js';
import { stateOf } from './states.js';

/** Something that should not be, and what led to it. */
export interface Finding {
  fault: string;
  story: string[];
}

export interface Played {
  facts: Facts;
  installation: Installation;
  ledger: readonly Entry[];
  listener: Listener;
  lives: readonly Life[];
}

/** Everything that is wrong after a play. */
export async function findings({ facts, installation, ledger, listener, lives }: Played): Promise<Finding[]> {
  await facts.index();
  const stories = new Stories(ledger, lives);
  const told = new ToldCheck(listener, messagesOf(lives));
  const found: Finding[] = [];
  for await (const history of facts.histories()) {
    const faults = [...history.parts.flatMap(walkFaults), ...wholeFaults(history), ...told.of(history)];
    if (faults.length > 0) found.push(...faults.map((fault) => ({ fault, story: stories.of(history) })));
  }
  const effects = await onceFaults(ledger, facts);
  const paths = effects.length > 0 ? await stories.byReferral(facts) : new Map<number, string[]>();
  return [
    ...found,
    ...effects.map(({ entry, fault }) => ({
      fault: `${lineOf(entry)}: ${fault}`,
      story: paths.get(entry.referral) ?? [],
    })),
    ...plain([
      ...(await told.numbers(facts)),
      ...told.order(),
      ...(await facts.lost()),
      ...(await strangeFaults(ledger, facts)),
      ...(await placeFaults(facts)),
      ...(await recordFaults(ledger, facts)),
      ...(await chainFaults(installation)),
      ...lives.filter(({ begun }) => !begun).map(({ referral }) => `referral ${String(referral)} was sent nowhere`),
    ]),
  ];
}

function plain(faults: readonly string[]): Finding[] {
  return faults.map((fault) => ({ fault, story: [] }));
}

function messagesOf(lives: readonly Life[]): Map<string, string> {
  return new Map(lives.flatMap(({ begun }) => (begun?.message ? [[begun.request, begun.message.id ?? '']] : [])));
}

/** What was asked about a referral, and what its Tasks went through. */
class Stories {
  readonly #asked: ReadonlyMap<string, readonly Entry[]>;
  readonly #numbers: ReadonlyMap<string, number>;

  constructor(ledger: readonly Entry[], lives: readonly Life[]) {
    this.#asked = grouped(ledger, ({ referral }) => String(referral));
    this.#numbers = new Map(lives.flatMap(({ begun, referral }) => (begun ? [[begun.request, referral]] : [])));
  }

  async byReferral(facts: Facts): Promise<Map<number, string[]>> {
    const found = new Map<number, string[]>();
    for await (const history of facts.histories()) {
      const referral = this.#numbers.get(history.request);
      if (referral !== undefined) found.set(referral, this.of(history));
    }
    return found;
  }

  of({ request, parents, parts }: History): string[] {
    const asked = this.#asked.get(String(this.#numbers.get(request))) ?? [];
    return [...asked.map(lineOf), ...[...parents, ...parts].map(pathOf)];
  }
}

function lineOf({ referral, by, what, status, target, said, calls, path, method }: Entry): string {
  const how = path.includes('$') ? (path.split('/').at(-1) ?? '') : method;
  const of = target === undefined ? '' : ` Task/${target}`;
  const often = calls > 1 ? `, ${String(calls)} calls` : '';
  return `referral ${String(referral)}: ${by}, ${what}${of} (${how}${often}) → ${String(status)} ${said}`;
}

function pathOf(versions: readonly Version[]): string {
  const steps = versions.map(
    ({ version, resource, event }) => `${String(version)} ${stateOf(resource)} (${event ?? ''})`,
  );
  return `Task/${versions[0]?.id ?? ''}: ${steps.join(' → ')}`;
}
