import { randomUUID } from 'node:crypto';
import { migrateServices } from '#service';
import { definitions } from '../../apps/sandbox/src/sandbox.module.js';
import { seed } from '../../apps/sandbox/src/seed.js';
import { Child } from '../faults/child.js';
import type { ServersOfServices } from '../faults/transactions/services.js';
import type { InstallationOptions } from './installation-process.js';

interface Running {
  child: Child;
  url: string;
}

/** Two processes of all services on one database, of which one may be killed at any moment, with one clock. */
export class Installation {
  readonly secret = randomUUID();
  readonly namespace = `life-${this.secret.slice(0, 8)}`;
  kills = 0;
  #pair: Running[] = [];
  #ahead = 0;

  constructor(readonly servers: ServersOfServices) {}

  async start(): Promise<void> {
    await migrateServices(this.servers.adminUrl, definitions);
    await seed(this.servers.adminUrl, definitions);
    this.#pair = [await this.#startOne(), await this.#startOne()];
  }

  get urls(): string[] {
    return this.#pair.map(({ url }) => url);
  }

  now(): Date {
    return new Date(Date.now() + this.#ahead);
  }

  /** Of both processes; settles when they know it. Nothing may be asked meanwhile. */
  async putForward(ms: number): Promise<void> {
    this.#ahead += Math.round(ms);
    const ahead = String(this.#ahead);
    await Promise.all(
      this.#pair.map(async ({ child }) => {
        child.tell(ahead);
        await child.said(`ahead ${ahead}`);
      }),
    );
  }

  /** SIGKILL; the other one goes on alone until the next has started. */
  async killOne(victim: number): Promise<void> {
    const killed = this.#pair[victim];
    await killed?.child.kill();
    this.kills += 1;
    this.#pair = this.#pair.filter((one) => one !== killed);
    const next = await this.#startOne();
    this.#pair = [...this.#pair, next];
  }

  async stop(): Promise<void> {
    await Promise.all(this.#pair.map(({ child }) => child.kill()));
  }

  async #startOne(): Promise<Running> {
    const { secret, namespace } = this;
    const options: InstallationOptions = { ...this.servers, secret, namespace, ahead: this.#ahead };
    const child = new Child('../referrals/installation-process', options);
    const [, url = ''] = (await child.line('listening')).split(' ');
    return { child, url };
  }
}
