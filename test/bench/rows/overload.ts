import type { Comparison, Sample } from '../comparison.js';
import { acceptedLoad, type HttpLoad, httpLoad } from '../load/http-load.js';
import { sampleCondition } from '../resources.js';
import type { Served } from './served.js';

const times = 5;
/** A burst of two seconds is let through; then it is overload. */
const onsetSeconds = 3;
/** After which it must be as if nothing had been. */
const recoverySeconds = 5;

/** Creates on five times as many connections as fill the server, and on as many as fill it right after that. */
export function overloadComparisons({ installation, url, headers }: Served): {
  comparisons: Comparison[];
  close: () => Promise<void>;
} {
  const { connections } = installation.settings;
  const load: HttpLoad = {
    url,
    method: 'POST',
    paths: ['/fhir/Condition'],
    body: JSON.stringify(sampleCondition('bench-patient-0')),
    headers: { ...headers, 'content-type': 'application/fhir+json' },
    connections,
  };
  const flood = { ...load, connections: times * connections };
  const told = { onset: [] as Sample[], refusedPerSecond: [] as number[] };
  const overload = async (seconds: number): Promise<Sample> => {
    const { onset, then, refused } = await acceptedLoad(flood, { onset: onsetSeconds, seconds });
    told.onset.push(onset);
    told.refusedPerSecond.push(Math.round(refused));
    return then;
  };
  const after = async (seconds: number): Promise<Sample> => {
    await acceptedLoad(flood, { onset: onsetSeconds, seconds: 1 });
    return (await acceptedLoad(load, { onset: recoverySeconds, seconds })).then;
  };
  const normal = { name: `on ${String(connections)} connections`, run: (seconds: number) => httpLoad(load, seconds) };
  const atMost = { of: 'times', by: 'p99', to: normal.name, atMost: 2 } as const;
  const about = { times, onsetSeconds, ...told };
  return {
    comparisons: [
      {
        name: 'create, five times as many at once',
        by: 'rate',
        sides: [{ name: 'what is accepted', run: overload }, normal],
        goals: [atMost],
        about,
      },
      {
        name: 'create, five seconds after an overload',
        by: 'rate',
        sides: [{ name: 'all of it', run: after }, normal],
        goals: [atMost],
        about: { times, onsetSeconds, recoverySeconds },
      },
    ],
    close: () => Promise.resolve(),
  };
}
