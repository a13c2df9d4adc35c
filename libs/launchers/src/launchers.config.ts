import { z } from 'zod';
import { StartError } from './start-error.js';

const schema = z.object({
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  NATS_URL: z
    .string()
    .regex(/^(nats|tls):\/\/\S+$/)
    .optional(),
  NATS_MONITOR_URL: z.url({ protocol: /^https?$/ }).optional(),
  GINNEL_NATS_SYNC: z.literal('always').optional(),
  GINNEL_DATA: z.string().optional(),
  GINNEL_TEST_INFRA: z.enum(['docker', 'embedded']).optional(),
});

const expected: Record<string, string> = {
  DATABASE_URL: 'an address that begins with postgres://',
  NATS_URL: 'an address that begins with nats:// or tls://',
  NATS_MONITOR_URL: 'an address that begins with http:// or https://',
  GINNEL_NATS_SYNC: 'the word always',
  GINNEL_TEST_INFRA: 'docker or embedded',
};

export type Environment = Readonly<Record<string, string | undefined>>;

export interface LauncherSettings {
  /** A login that may create roles and schemas. */
  databaseUrl: string | undefined;
  natsUrl: string | undefined;
  natsMonitorUrl: string | undefined;
  /** The operator asserts that the given broker syncs every write, because its monitor cannot be asked. */
  natsSyncsAlways: boolean;
  dataFolder: string | undefined;
  testInfrastructure: 'docker' | 'embedded';
}

export function readSettings(environment: Environment = process.env): LauncherSettings {
  const parsed = schema.safeParse(withoutEmpty(environment));
  if (!parsed.success) throw wrongSetting(parsed.error);
  const settings = parsed.data;
  return {
    databaseUrl: settings.DATABASE_URL,
    natsUrl: settings.NATS_URL,
    natsMonitorUrl: settings.NATS_MONITOR_URL,
    natsSyncsAlways: settings.GINNEL_NATS_SYNC === 'always',
    dataFolder: settings.GINNEL_DATA,
    testInfrastructure: settings.GINNEL_TEST_INFRA ?? 'embedded',
  };
}

export interface SearchPlaces {
  /** NATS_SERVER_BIN: the one nats-server to take. */
  natsServer: string | undefined;
  path: string;
  cacheHome: string | undefined;
}

export function readSearchPlaces(environment: Environment = process.env): SearchPlaces {
  const set = withoutEmpty(environment);
  return {
    natsServer: set['NATS_SERVER_BIN'],
    path: set['PATH'] ?? set['Path'] ?? '',
    cacheHome: set['XDG_CACHE_HOME'],
  };
}

/** What a tool of the machine (apt, go) is run with. */
export function toolEnvironment(additions: Environment = {}): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: 'C', ...additions };
}

/** What a server is run with: nothing of the caller's that could change its behaviour, and none of its secrets. */
export function serverEnvironment(environment: Environment = process.env): NodeJS.ProcessEnv {
  const kept = ['PATH', 'Path', 'SystemRoot', 'TEMP', 'TMPDIR'].map((name) => [name, environment[name]] as const);
  return { ...Object.fromEntries(kept.filter(([, value]) => value !== undefined)), LC_ALL: 'C' };
}

function withoutEmpty(environment: Environment): Record<string, string> {
  const set = Object.entries(environment).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return Object.fromEntries(set);
}

// A wrong value is never quoted: an address may carry a password.
function wrongSetting(error: z.ZodError): StartError {
  const name = String(error.issues[0]?.path[0]);
  return new StartError(`${name} is not usable: it must be ${expected[name] ?? 'a text'}.`);
}
