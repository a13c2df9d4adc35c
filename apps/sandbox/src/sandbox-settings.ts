import { parseArgs } from 'node:util';

export interface SandboxSettings {
  once: boolean;
  fresh: boolean;
  open: boolean;
  json: boolean;
  services: boolean;
  port: number;
  /** FHIR packages beside those of GINNEL_PACKAGES. */
  packages: readonly string[];
}

export const usage = `npm start -- [--once] [--fresh] [--open] [--json] [--port 8080] [--package folder-or.tgz]

  --once    run one referral through the whole loop, then exit 0 or 1
  --fresh   begin with empty data
  --open    loopback only: no token needed, acts as an all-seeing integrator
  --json    one line of JSON a step
  --port    8080 unless told
  --package a FHIR package, such as UK Core's; may be given again`;

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
      package: { type: 'string', multiple: true, default: [] },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error('--port takes a number from 0 to 65535.');
  const { package: packages, ...chosen } = values;
  return { ...chosen, port, packages };
}
