import autocannon from 'autocannon';
import type { Sample } from '../comparison.js';
import { quantile } from '../statistics.js';

export interface HttpLoad {
  url: string;
  method: 'GET' | 'POST';
  /** Taken in turn; each connection goes through all of them. */
  paths: readonly string[];
  body?: string;
  headers: Readonly<Record<string, string>>;
  connections: number;
}

/** Sends requests over kept connections, each the moment the one before was answered. An answer that is not 2xx ends the bench. */
export async function httpLoad(load: HttpLoad, seconds: number): Promise<Sample> {
  const { url, method, paths, body, headers, connections } = load;
  const times: number[] = [];
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const instance = autocannon(
      {
        url,
        connections,
        duration: seconds,
        sampleInt: 100,
        timeout: 10,
        requests: paths.map((path) => ({
          path,
          method,
          headers: { ...headers },
          ...(body === undefined ? {} : { body }),
        })),
      },
      (error: unknown, done) => {
        if (error instanceof Error) reject(error);
        else resolve(done);
      },
    );
    instance.on('response', (_client, _status, _bytes, ms) => {
      times.push(ms);
    });
  });
  refuseFaults(result, `${method} ${url}`);
  return { rate: result['2xx'] / result.duration, p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

function refuseFaults(result: autocannon.Result, what: string): void {
  const { errors, timeouts, non2xx, mismatches } = result;
  if (errors + timeouts + non2xx + mismatches === 0 && result['2xx'] > 0) return;
  const counts = `${String(non2xx)} other answers, ${String(errors)} errors, ${String(timeouts)} of them time-outs`;
  throw new Error(`${what}: ${String(result['2xx'])} answers of 2xx, ${counts}.`);
}
