import { setTimeout as sleep } from 'node:timers/promises';
import { StartError } from '#launchers';
import type { Part } from '../edge/all-services.js';
import { ServiceProcess, type ServiceProgram } from './service-process.js';

/** How a service that ended unasked is started again. */
export interface Patience {
  /** Pauses before the first, second, … start in a row; after the last one it is given up. */
  pausesMs: readonly number[];
  /** One that stayed up that long begins anew with the first pause. */
  steadyMs: number;
}

const patience: Patience = { pausesMs: [200, 500, 1_000, 2_000, 5_000, 10_000, 20_000], steadyMs: 60_000 };

/** A service that is started again when it ends without having been asked to. */
export class KeptService {
  readonly service: Part;
  /** Settles with a sentence when it was given up. */
  readonly failed: Promise<StartError>;
  readonly #stopping = new AbortController();
  #giveUp: (error: StartError) => void = () => undefined;
  #process: ServiceProcess | undefined;
  #keeping: Promise<void> = Promise.resolve();
  #url: string | undefined;
  #steadyAt = Infinity;

  constructor(
    private readonly program: ServiceProgram,
    private readonly when: Patience = patience,
  ) {
    this.service = program.service;
    this.failed = new Promise((resolve) => {
      this.#giveUp = resolve;
    });
  }

  /** http://host:port; undefined while it does not run. */
  get url(): string | undefined {
    return this.#url;
  }

  /** Number of its process; another one after each start. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Resolves when it can do its work; throws one sentence where it cannot start. Kept from then on. */
  async start(): Promise<void> {
    await this.#begin();
    this.#keeping = this.#keep();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#process?.stop();
    await this.#keeping;
  }

  async #begin(): Promise<void> {
    const begun = new ServiceProcess(this.program);
    this.#process = begun;
    this.#steadyAt = Infinity;
    try {
      this.#url = await begun.ready();
    } catch (error) {
      await begun.stop();
      throw error;
    }
    this.#steadyAt = performance.now() + this.when.steadyMs;
    void begun.ended.then(() => {
      if (this.#process === begun) this.#url = undefined;
    });
  }

  async #keep(): Promise<void> {
    for (let starts = 0; ; starts += 1) {
      const by = await this.#process?.ended;
      if (this.#isStopping()) return;
      if (performance.now() >= this.#steadyAt) starts = 0;
      const pause = this.when.pausesMs[starts];
      if (pause === undefined) {
        this.#giveUp(new StartError(`${this.service} ended ${String(starts + 1)} times in a row; it is given up.`));
        return;
      }
      this.program.say(`${this.service} ended unasked (${by ?? 'unknown'}); started again in ${String(pause)} ms.`);
      await sleep(pause, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
      if (this.#isStopping()) return;
      await this.#beginAgain();
    }
  }

  async #beginAgain(): Promise<void> {
    try {
      await this.#begin();
      this.program.say(`${this.service} is back at ${this.#url ?? ''}.`);
    } catch (error) {
      if (!this.#isStopping())
        this.program.say(error instanceof Error ? error.message : `${this.service} cannot start.`);
    }
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }
}
