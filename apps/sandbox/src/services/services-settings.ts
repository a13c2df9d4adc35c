import { parseArgs } from 'node:util';

export interface ServicesSettings {
  fresh: boolean;
  port: number;
}

export const servicesUsage = `npm run start:services -- [--fresh] [--port 8080]

  --fresh   begin with empty data
  --port    8080 unless told; 0 takes a free one`;

/** What the command line asks for; throws one sentence where it asks for something else. */
export function readServicesSettings(args: readonly string[]): ServicesSettings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      fresh: { type: 'boolean', default: false },
      port: { type: 'string', default: '8080' },
      ...Object.fromEntries(ofOneProcess.map((name) => [name, { type: 'boolean' as const, default: false }])),
    },
  });
  const refused = ofOneProcess.find((name) => Reflect.get(values, name) === true);
  if (refused !== undefined)
    throw new Error(`--${refused} is for all services in one process: npm start -- --${refused}`);
  const port = /^\d{1,5}$/.test(values.port) ? Number(values.port) : NaN;
  if (!(port <= 65_535)) throw new Error('--port takes a number from 0 to 65535.');
  return { fresh: values.fresh, port };
}

const ofOneProcess = ['open', 'once', 'json'];
