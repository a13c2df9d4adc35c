import { Agent, request } from 'node:http';
import type { Sample } from '../comparison.js';
import { quantile } from '../statistics.js';

export interface Sent {
  method: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** Sends waves of requests that all start at once, each request of a wave over a connection of its own, kept for the next wave. */
export class Waves {
  readonly #agent = new Agent({ keepAlive: true });

  constructor(
    private readonly url: string,
    private readonly size: number,
  ) {}

  /** `judge` throws where the statuses of a wave are not what they must be. */
  async run(
    next: (wave: number, at: number) => Sent,
    { seconds, judge }: { seconds: number; judge: (statuses: readonly number[]) => void },
  ): Promise<Sample> {
    const times: number[] = [];
    const begun = performance.now();
    for (let wave = 0; performance.now() < begun + seconds * 1000; wave += 1) {
      const sent = Array.from({ length: this.size }, (_, at) => this.#send(next(wave, at), times));
      judge(await Promise.all(sent));
    }
    const took = (performance.now() - begun) / 1000;
    return { rate: times.length / took, p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
  }

  close(): void {
    this.#agent.destroy();
  }

  #send({ method, path, headers, body }: Sent, times: number[]): Promise<number> {
    const begun = performance.now();
    return new Promise((resolve, reject) => {
      const sending = request(`${this.url}${path}`, { method, headers, agent: this.#agent }, (answer) => {
        answer.resume();
        answer.once('end', () => {
          times.push(performance.now() - begun);
          resolve(answer.statusCode ?? 0);
        });
      });
      sending.once('error', reject);
      sending.end(body);
    });
  }
}
