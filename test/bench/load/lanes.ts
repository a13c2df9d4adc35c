import { Agent, request } from 'node:http';
import type { Sample } from '../comparison.js';
import { quantile } from '../statistics.js';

export interface Sending {
  method: 'POST';
  path: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** What an answer was; throws where it is not 2xx. */
export type Send = (sending: Sending) => Promise<unknown>;

/** Units of work, each of one or more requests that differ every time, in so many lanes over kept connections. */
export class Lanes {
  readonly #agent = new Agent({ keepAlive: true });

  constructor(
    private readonly url: string,
    private readonly lanes: number,
  ) {}

  async run(unit: (send: Send) => Promise<unknown>, seconds: number): Promise<Sample> {
    const times: number[] = [];
    const begun = performance.now();
    const lane = async (): Promise<void> => {
      while (performance.now() < begun + seconds * 1_000) {
        const since = performance.now();
        await unit((sending) => this.send(sending));
        times.push(performance.now() - since);
      }
    };
    await Promise.all(Array.from({ length: this.lanes }, lane));
    const took = (performance.now() - begun) / 1_000;
    return { rate: times.length / took, p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
  }

  send({ method, path, headers, body }: Sending): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const sending = request(`${this.url}${path}`, { method, headers, agent: this.#agent }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('end', () => {
          const text = Buffer.concat(chunks).toString();
          const { statusCode = 0 } = answer;
          if (statusCode < 300) resolve(text === '' ? undefined : JSON.parse(text));
          else reject(new Error(`${method} ${path} was answered ${String(statusCode)}: ${text.slice(0, 300)}`));
        });
      });
      sending.once('error', reject);
      sending.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
