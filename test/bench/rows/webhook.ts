import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { HealthcareService } from 'fhir/r4';
import { activity, subscriptionTo } from '../../subscriptions-world.js';
import type { Comparison, Sample } from '../comparison.js';
import { nowMs } from '../effects.js';
import type { Installation } from '../installation.js';
import { Lanes } from '../load/lanes.js';
import { quantile } from '../statistics.js';
import { WholeInstallation } from '../whole-installation.js';

const perSecond = 100;
const patienceMs = 60_000;

/** From the answer to a create to its notification at a subscriber's server, at a rate that leaves everything time. */
export async function webhookComparison(
  installation: Installation,
): Promise<{ comparison: Comparison; close: () => Promise<void> }> {
  const whole = await WholeInstallation.start({
    ...{ admin: installation.admin, infrastructure: installation.infrastructure },
    startProcess: (...given) => installation.startProcess(...given),
  });
  const receiver = new Receiver();
  const lanes = new Lanes(whole.url, perSecond);
  const headers = whole.headers(whole.clients.provider);
  await lanes.send({
    ...{ method: 'POST', path: '/fhir/Subscription', headers },
    body: JSON.stringify(subscriptionTo(await receiver.start())),
  });
  const bare = new Lanes(receiver.origin, perSecond);
  const comparison: Comparison = {
    name: 'commit to webhook',
    by: 'p50',
    sides: [
      {
        name: 'create, relay, JetStream, signed POST',
        run: (seconds) => steadily(receiver, seconds, (name) => lanes.send(creating(name, headers))),
        settle: () => whole.settle(),
      },
      {
        name: 'a bare POST to the same server',
        run: (seconds) => steadily(receiver, seconds, (name) => bare.send({ ...creating(name, {}), path: '/hook' })),
      },
    ],
    goals: [{ of: 'p99', atMost: 250 }],
    about: { perSecond, syncAlways: true },
  };
  const close = async (): Promise<void> => {
    lanes.close();
    bare.close();
    receiver.stop();
    await whole.stop();
  };
  return { comparison, close };
}

function creating(name: string, headers: Record<string, string>) {
  const resource: HealthcareService = {
    ...activity(name),
    providedBy: { reference: 'Organization/keighley-healthy-living' },
  };
  return { method: 'POST' as const, path: '/fhir/HealthcareService', headers, body: JSON.stringify(resource) };
}

/** A commit's latency counts from its answer; a bare one's, whose answer comes after it, from when it was sent. */
async function steadily(
  receiver: Receiver,
  seconds: number,
  send: (name: string) => Promise<unknown>,
): Promise<Sample> {
  const count = Math.max(perSecond, Math.round(perSecond * seconds));
  const begun = nowMs();
  const sends: Promise<[string, number, number]>[] = [];
  for (let at = 0; at < count; at += 1) {
    const wait = begun + (at * 1_000) / perSecond - nowMs();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    sends.push(timed(send));
  }
  const times: number[] = [];
  for (const [name, from, answered] of await Promise.all(sends)) {
    const came = await receiver.cameAt(name);
    times.push(came - (came < answered ? from : answered));
  }
  return { rate: count / ((nowMs() - begun) / 1_000), p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

async function timed(send: (name: string) => Promise<unknown>): Promise<[string, number, number]> {
  const name = randomUUID();
  const from = nowMs();
  await send(name);
  return [name, from, nowMs()];
}

/** A subscriber's server, which notes when each activity came. */
class Receiver {
  readonly #came = new Map<string, number>();
  readonly #awaited = new Map<string, (came: number) => void>();
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const at = nowMs();
        response.end();
        const text = Buffer.concat(chunks).toString();
        if (text === '') return;
        const { name = '' } = JSON.parse(text) as HealthcareService;
        if (this.#came.has(name)) return;
        this.#came.set(name, at);
        this.#awaited.get(name)?.(at);
      });
    });
  }

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `${this.origin}/hook`;
  }

  get origin(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  /** When it came, or comes. */
  cameAt(name: string): Promise<number> {
    const at = this.#came.get(name);
    if (at !== undefined) return Promise.resolve(at);
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        reject(new Error('A notification did not come within a minute.'));
      }, patienceMs);
      this.#awaited.set(name, (came) => {
        clearTimeout(late);
        resolve(came);
      });
    });
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
