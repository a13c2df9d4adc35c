import type { Subscription } from 'fhir/r4';
import { partTurns } from '../../apps/referral/src/domain/transitions.js';
import { between, randomOf } from '../faults/random.js';
import type { ServersOfServices } from '../faults/transactions/services.js';
import { topicSubscription } from '../subscription-notices.js';
import { practices, seedCast } from './cast.js';
import { Chance } from './chance.js';
import { findings, type Finding } from './check-histories.js';
import { underWay } from './checks/records.js';
import { Courier } from './courier.js';
import { Facts } from './facts.js';
import { Installation } from './installation.js';
import { Life } from './life.js';
import { Listener } from './listener.js';

const dayMs = 86_400_000;
const atOnce = 16;
const mostInWave = 500;
/** Days between the phases of a wave: a reminder, an escalation, an expiry. */
const leaps = [2.5, 5, 8, 16];

/**
 * So many referrals, sent in three ways and worked on by two providers, with every turn of the table, repetitions, lost answers,
 * turns that are told late, a clock that leaps by weeks and processes that are killed; then the whole history is checked.
 * Answers how many faults there were.
 */
export async function playReferrals(
  { count, seed }: { count: number; seed: number },
  servers: ServersOfServices,
  print: (line: string) => void,
): Promise<number> {
  const play = new Play(servers, seed);
  const begun = Date.now();
  try {
    await play.begin();
    for (let from = 0; from < count; from += mostInWave) {
      await play.wave(from, Math.min(count, from + mostInWave));
      print(`${String(Math.min(count, from + mostInWave))} referrals have ended, ${play.summary()}`);
    }
    const faults = await play.check();
    print(`turns: ${await play.turns()}`);
    faults.slice(0, 20).forEach(({ fault, story }) => {
      print(`BROKEN ${fault} (seed ${String(seed)})`);
      story.forEach((line) => {
        print(`    ${line}`);
      });
    });
    print(`${String(count)} referrals, ${play.summary()}, ${String(Math.round((Date.now() - begun) / 1_000))} s`);
    return faults.length;
  } finally {
    await play.end();
  }
}

class Play {
  readonly #installation: Installation;
  readonly #courier: Courier;
  readonly #listener: Listener;
  readonly #random: () => number;
  readonly #lives: Life[] = [];
  #facts: Facts | undefined;

  constructor(
    servers: ServersOfServices,
    private readonly seed: number,
  ) {
    this.#random = randomOf(seed);
    this.#installation = new Installation(servers);
    this.#courier = new Courier(this.#installation);
    this.#listener = new Listener(randomOf(seed + 1));
  }

  async begin(): Promise<void> {
    const { servers } = this.#installation;
    await this.#installation.start();
    await this.#listener.start();
    await seedCast(servers.adminUrl, ({ client }) => this.#listener.returnAddressOf(client));
    this.#facts = await Facts.connect(servers.adminUrl);
    for (const { client, organisation } of practices) {
      const filters = [`Task?requester=Organization/${organisation}`];
      const wish = { content: 'full-resource', filters };
      const body: Subscription = topicSubscription('referral-status-changed', this.#listener.hookOf(client), wish);
      const ask = { by: client, what: 'subscribe', referral: -1, method: 'POST' as const, path: '/Subscription', body };
      await this.#courier.write(ask, () => 0.5);
    }
    await this.#untilQuiet();
  }

  /** These referrals from their first day to their last. */
  async wave(from: number, to: number): Promise<void> {
    const lives = Array.from({ length: to - from }, (_, at) => this.#lifeOf(from + at));
    this.#lives.push(...lives);
    await this.#phase(lives, (life) => life.begin());
    for (const days of leaps) {
      await this.#installation.putForward(days * dayMs);
      await this.#phase(lives, (life) => life.goOn(2));
    }
    await this.#phase(lives, (life) => life.end());
  }

  async check(): Promise<Finding[]> {
    return findings({
      facts: this.#known,
      installation: this.#installation,
      ledger: this.#courier.ledger,
      listener: this.#listener,
      lives: this.#lives,
    });
  }

  /** How often each turn of the table was taken, and which never. */
  async turns(): Promise<string> {
    const taken = new Map((await this.#known.events()).map(({ event, count }) => [event, count]));
    const events = [...new Set([...partTurns.map(({ event }) => event), 'referral-turn-came-late.v1'])];
    return events
      .map((event) => `${event.replace(/^referral-|\.v1$/g, '')} ${String(taken.get(event) ?? 0)}`)
      .join(', ');
  }

  async end(): Promise<void> {
    await this.#facts?.close();
    await this.#installation.stop();
    this.#listener.stop();
  }

  summary(): string {
    const { ledger } = this.#courier;
    const refused = ledger.filter(({ isTaken }) => !isTaken).length;
    const told = this.#listener.told.length;
    return (
      `${String(ledger.length)} requests (${String(refused)} refused), ${String(told)} notifications, ` +
      `${String(this.#listener.responses.length)} responses, ${String(this.#installation.kills)} processes killed`
    );
  }

  get #known(): Facts {
    if (!this.#facts) throw new Error('It has not begun.');
    return this.#facts;
  }

  #lifeOf(referral: number): Life {
    const random = randomOf(this.seed * 100_003 + referral);
    return new Life(referral, this.#courier, new Chance(random, () => this.#installation.now()));
  }

  /** All of them, some at a time, while a process is killed; then what they caused has come about. */
  async #phase(lives: readonly Life[], act: (life: Life) => Promise<void>): Promise<void> {
    this.#listener.isUnwell = true;
    const killAt = between(this.#random, 0, lives.length - 1);
    let killed: Promise<void> = Promise.resolve();
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let at = next++; at < lives.length; at = next++) {
        if (at === killAt) killed = this.#installation.killOne(between(this.#random, 0, 1));
        const life = lives[at];
        if (life) await act(life);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
    await killed;
    this.#listener.isUnwell = false;
    await this.#untilQuiet();
  }

  /** Nothing is under way, and nothing new happens; what waits to be sent again is not waited for by the clock. */
  async #untilQuiet(): Promise<void> {
    const end = Date.now() + 600_000;
    for (let [quiet, last] = [0, '']; quiet < 4;) {
      if (Date.now() > end) throw new Error(`It did not become quiet: ${last}`);
      await new Promise((resolve) => setTimeout(resolve, 500));
      const { events, open } = await underWay(this.#known);
      const state = `${String(events)} events, ${String(open)} under way, ${String(this.#listener.calls)} calls`;
      quiet = state === last ? quiet + 1 : 0;
      last = state;
      if (quiet < 3 || open === 0) continue;
      await this.#installation.putForward(10 * 60_000);
      quiet = 0;
    }
  }
}
