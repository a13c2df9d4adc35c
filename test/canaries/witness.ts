import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { traceIn } from './marked.js';

/** Gathers all that anything wrote or sent beside answers to those who may read them, and searches it for a person. */
export class Witness {
  readonly #heard: { where: string; text: string; about: string }[] = [];
  #connection: NatsConnection | undefined;

  /** `about` is the test's own word for it, and not searched. */
  hear(where: string, text: string, about = ''): void {
    this.#heard.push({ where, text, about });
  }

  /** Subjects, reply subjects and headers of every message that anybody sends. */
  async listenTo(natsUrl: string): Promise<void> {
    const connection = await connect({ servers: natsUrl, name: 'witness' });
    this.#connection = connection;
    connection.subscribe('>', {
      callback: (_error, { subject, reply = '', headers }) => {
        const said = [...(headers ?? [])].flatMap(([name, values]) => [name, ...values]);
        this.hear('broker', [subject, reply, ...said].join(' '));
      },
    });
    await connection.flush();
  }

  /** Every file below a folder, but for the stores themselves, which hold people. */
  hearFiles(folder: string, without: readonly string[]): void {
    for (const name of readdirSync(folder).filter((one) => !without.includes(one))) {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) this.hearFiles(path, without);
      else this.hear('file', `${name} ${readFileSync(path, 'latin1')}`);
    }
  }

  /** How much was heard from each place. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { where } of this.#heard) counts[where] = (counts[where] ?? 0) + 1;
    return counts;
  }

  traces(): string[] {
    return this.#heard.flatMap(({ where, text, about }) => {
      const trace = traceIn(text, { names: where !== 'error' });
      return trace === undefined ? [] : [`${where} ${about}: ${trace}`];
    });
  }

  async stop(): Promise<void> {
    await this.#connection?.close();
  }
}
