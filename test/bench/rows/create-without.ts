import { fileURLToPath } from 'node:url';
import type { Comparison, Side } from '../comparison.js';
import type { Installation } from '../installation.js';
import { httpLoad } from '../load/http-load.js';
import { sampleCondition } from '../resources.js';

const register = fileURLToPath(new URL('../without/register.js', import.meta.url));
const warmUpSeconds = 4;

/**
 * A create, and the same create in a build that leaves authorisation and audit out: no token is looked at, no policy asked, no
 * entry made and none sealed. Each runs in a process of its own that is alone on the machine. The audience of a row and
 * row-level security are the store's layout and stay.
 */
export function createWithoutComparison(installation: Installation): {
  comparison: Comparison;
  close: () => Promise<void>;
} {
  const without = 'without authorisation and audit';
  const sides: [Side, Side] = [
    sideOf(installation, 'POST /fhir/Condition', []),
    sideOf(installation, without, ['--import', register]),
  ];
  const comparison: Comparison = {
    name: 'create without authorisation and audit',
    by: 'rate',
    sides,
    // A quarter more time for each is four fifths of the rate.
    goals: [{ of: 'ratio', to: without, atLeast: 0.8 }],
    about: { warmUpSeconds },
  };
  return { comparison, close: () => Promise.resolve() };
}

function sideOf(installation: Installation, name: string, execArgv: readonly string[]): Side {
  const { connections } = installation.settings;
  const headers = {
    authorization: `Bearer ${installation.practice.token}`,
    'content-type': 'application/fhir+json',
  };
  const body = JSON.stringify(sampleCondition('bench-patient-0'));
  return {
    name,
    run: async (seconds) => {
      const server = await installation.startServer(execArgv);
      const load = {
        method: 'POST',
        url: String(server.ready),
        paths: ['/fhir/Condition'],
        headers,
        body,
        connections,
      } as const;
      try {
        await httpLoad(load, warmUpSeconds);
        return await httpLoad(load, seconds);
      } finally {
        await server.stop();
      }
    },
  };
}
