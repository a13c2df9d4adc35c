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
  const { result, answers } = await fired(load, seconds);
  refuseFaults(result, `${load.method} ${load.url}`);
  const times = answers.map(({ ms }) => ms);
  return sampleOf(times, result.duration);
}

/**
 * The same for a server that is asked for more than it can: what it refuses with 503 is no fault, and does not count. The
 * first `onset` seconds are sent like the others, and told apart.
 */
export async function acceptedLoad(
  load: HttpLoad,
  { onset, seconds }: { onset: number; seconds: number },
): Promise<{ onset: Sample; then: Sample; refused: number }> {
  const { result, answers } = await fired(load, onset + seconds);
  const refused = result.statusCodeStats?.['503']?.count ?? 0;
  refuseFaults({ ...result, non2xx: result.non2xx - refused }, `${load.method} ${load.url}`);
  const [early, late] = [true, false].map((is) => answers.filter(({ at }) => at < onset === is).map(({ ms }) => ms));
  return {
    onset: sampleOf(early ?? [], onset),
    then: sampleOf(late ?? [], result.duration - onset),
    refused: refused / result.duration,
  };
}

interface Answered {
  /** Seconds since the first request. */
  at: number;
  ms: number;
}

async function fired(load: HttpLoad, seconds: number): Promise<{ result: autocannon.Result; answers: Answered[] }> {
  const { url, method, paths, body, headers, connections } = load;
  const answers: Answered[] = [];
  const begun = performance.now();
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
    instance.on('response', (_client, status, _bytes, ms) => {
      if (status < 300) answers.push({ at: (performance.now() - begun) / 1000, ms });
    });
  });
  return { result, answers };
}

function sampleOf(times: number[], seconds: number): Sample {
  return { rate: times.length / seconds, p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

function refuseFaults(result: autocannon.Result, what: string): void {
  const { errors, timeouts, non2xx, mismatches } = result;
  if (errors + timeouts + non2xx + mismatches === 0 && result['2xx'] > 0) return;
  const counts = `${String(non2xx)} other answers, ${String(errors)} errors, ${String(timeouts)} of them time-outs`;
  throw new Error(`${what}: ${String(result['2xx'])} answers of 2xx, ${counts}.`);
}
