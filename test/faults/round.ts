import { randomUUID } from 'node:crypto';
import { Broker, streamNameOf } from '#messaging';
import { Child } from './child.js';
import { difference, type Ledger, ledgerOf } from './ledger.js';
import type { Plan } from './plan.js';
import type { ProcessOptions } from './process-options.js';
import type { RoundServers } from './servers.js';

/** One round: load, one fault, and afterwards every acknowledged version has had its effect exactly once. */
export async function playRound({ fault, moment }: Plan, servers: RoundServers): Promise<void> {
  const round = new Round(servers);
  try {
    await round.play(fault, moment);
    await round.mustBeWhole();
  } finally {
    await round.end();
  }
}

class Round {
  readonly #namespace = `faults-${randomUUID().slice(0, 8)}`;
  readonly #acknowledged = new Set<string>();
  #writing: Child | undefined;
  #hearing: Child | undefined;

  constructor(private readonly servers: RoundServers) {}

  async play(fault: Plan['fault'], moment: number): Promise<void> {
    switch (fault) {
      case 'service killed between commit and publish':
        return this.#haltWriting('commit', moment);
      case 'service killed between publish and mark':
        return this.#haltWriting('mark', moment);
      case 'consumer killed between effect and commit':
        return this.#haltHearing('effect', moment);
      case 'consumer killed between commit and ack':
        return this.#haltHearing('ack', moment);
      case 'service killed at any moment':
        return this.#killWriting(moment);
      case 'consumer killed at any moment':
        return this.#killHearing(moment);
      case 'broker stopped under load':
        return this.#restartBroker(moment);
      case 'stream deleted under load':
        return this.#loseStream(moment);
    }
  }

  async #haltWriting(at: string, moment: number): Promise<void> {
    await this.#hear();
    const writing = this.#write({ at, moment });
    await writing.said('halted');
    await this.#endWriting();
    await this.#write().said('written');
  }

  async #haltHearing(at: string, moment: number): Promise<void> {
    const hearing = await this.#hear({ at, moment });
    const writing = this.#write();
    await hearing.said('halted');
    await hearing.kill();
    await this.#hear();
    await writing.said('written');
  }

  async #killWriting(moment: number): Promise<void> {
    await this.#hear();
    await this.#write().said('wrote', moment);
    await this.#endWriting();
    await this.#write().said('written');
  }

  async #killHearing(moment: number): Promise<void> {
    const hearing = await this.#hear();
    const writing = this.#write();
    await hearing.said('heard', moment);
    await hearing.kill();
    await this.#hear();
    await writing.said('written');
  }

  async #restartBroker(moment: number): Promise<void> {
    await this.#hear();
    const writing = this.#write();
    await writing.said('wrote', moment);
    await this.servers.restartBroker();
    await writing.said('written');
  }

  /** The stream takes with it what nobody has heard yet. */
  async #loseStream(moment: number): Promise<void> {
    const hearing = await this.#hear();
    const writing = this.#write();
    await writing.said('wrote', moment);
    await hearing.kill();
    await writing.said('wrote', moment + unheard);
    await this.#deleteStream();
    await this.#hear();
    await writing.said('written');
  }

  async mustBeWhole(): Promise<void> {
    this.#noteAcknowledged();
    const ledger = await this.#settledLedger();
    const wrong = difference(this.#acknowledged, ledger);
    if (wrong.length > 0) throw new Error(wrong.join('\n'));
  }

  async end(): Promise<void> {
    await this.#writing?.kill();
    await this.#hearing?.kill();
    await this.servers.forget(this.#namespace);
  }

  #write(halt?: ProcessOptions['halt']): Child {
    this.#writing = new Child('writing-process', this.#optionsFor('referral', halt));
    return this.#writing;
  }

  async #hear(halt?: ProcessOptions['halt']): Promise<Child> {
    this.#hearing = new Child('hearing-process', this.#optionsFor('outcomes', halt));
    await this.#hearing.said('hearing');
    return this.#hearing;
  }

  async #endWriting(): Promise<void> {
    await this.#writing?.kill();
    this.#noteAcknowledged();
  }

  /** What a client was told is written must be there, whatever was killed afterwards. */
  #noteAcknowledged(): void {
    const lines = this.#writing?.lines.filter((line) => line.startsWith('wrote ')) ?? [];
    lines.forEach((line) => this.#acknowledged.add(line.slice('wrote '.length)));
  }

  #optionsFor(service: 'referral' | 'outcomes', halt: ProcessOptions['halt']): ProcessOptions {
    const { natsUrl, monitorUrl, databaseUrls } = this.servers;
    const options = { databaseUrl: databaseUrls[service], natsUrl, monitorUrl, namespace: this.#namespace };
    return halt === undefined ? options : { ...options, halt };
  }

  async #deleteStream(): Promise<void> {
    const { natsUrl: url, monitorUrl } = this.servers;
    const broker = await Broker.connect({ url, monitorUrl, namespace: this.#namespace, name: 'faults' });
    await broker.management.streams.delete(streamNameOf(broker));
    await broker.close();
  }

  /** Waits until every version had an effect and nothing is on its way, so that a second effect would have shown. */
  async #settledLedger(): Promise<Ledger> {
    const end = Date.now() + settleWithinMs;
    for (;;) {
      const ledger = await ledgerOf(this.servers.databases);
      const settled = ledger.unpublished === 0 && (await this.servers.isQuiet(this.#namespace));
      if (settled && ledger.effects.length >= ledger.versions.length) return ledger;
      if (Date.now() > end) return ledger;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

const settleWithinMs = 60_000;
const unheard = 15;
