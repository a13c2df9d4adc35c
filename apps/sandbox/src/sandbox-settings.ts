import { parseArgs } from 'node:util';

export interface SandboxSettings {
  once: boolean;
  fresh: boolean;
  open: boolean;
  json: boolean;
  services: boolean;
  port: number;
}

export const usage = `npm start -- [--once] [--fresh] [--open] [--json] [--port 8080]

  --once    run one referral through the whole loop, then exit 0 or 1
  --fresh   begin with empty data
  --open    loopback only: no token needed, acts as an all-seeing integrator
  --json    one line of JSON a step
  --port    8080 unless told`;

/** What the command line asks for; throws one sentence where it asks for something else. */
export function readSettings(args: readonly string[]): SandboxSettings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      once: { type: 'boolean', default: false },
      fresh: { type: 'boolean', default: false },
      open: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      services: { type: 'boolean', default: false },
      port: { type: 'string', default: '8080' },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error('--port takes a number from 0 to 65535.');
  return { ...values, port };
}
