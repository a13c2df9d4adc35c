import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

export const root = join(import.meta.dirname, '..', '..');

const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const container = z.object({
  image: text,
  user: text.optional(),
  command: z.array(text).optional(),
  read_only: z.boolean().optional(),
  cap_drop: z.array(text).optional(),
  cap_add: z.array(text).default([]),
  security_opt: z.array(text).optional(),
  privileged: z.boolean().default(false),
  build: z.object({ context: text, dockerfile: text }).optional(),
  environment: z.record(z.string(), text).default({}),
  networks: z.array(text),
  ports: z.array(text).default([]),
  secrets: z.array(text).default([]),
  volumes: z.array(text).default([]),
  depends_on: z.union([z.array(text), z.record(z.string(), z.object({ condition: text }))]).default([]),
});
const compose = z.object({
  services: z.record(z.string(), container),
  networks: z.record(z.string(), z.object({ internal: z.boolean().default(false) })),
  volumes: z.record(z.string(), z.unknown()),
  secrets: z.record(z.string(), z.object({ file: text })).default({}),
  configs: z.record(z.string(), z.object({ content: text })),
});

export type Container = z.infer<typeof container>;
export type Compose = z.infer<typeof compose>;

/** docker-compose.yml as docker would see it with this .env. */
export function readCompose(environment: ReadonlyMap<string, string>): Compose {
  const document: unknown = parse(composeText(), { merge: true });
  return compose.parse(interpolated(document, environment));
}

/** deploy/example.env, its empty secrets filled as tools/deploy-env.mjs fills them. */
export function exampleEnvironment(): Map<string, string> {
  const lines = readFileSync(join(root, 'deploy/example.env'), 'utf8').split('\n');
  const settings = lines.filter((line) => /^\w/.test(line)).map((line) => line.split(/=(.*)/));
  return new Map(
    settings.map(([name = '', value = '']) => {
      const isSecret = value === '' && /SECRET|PASSWORD/.test(name);
      return [name, isSecret ? `${name.toLowerCase()}-0123456789-0123456789` : value] as const;
    }),
  );
}

/** The variables that docker-compose.yml takes from .env. */
export function interpolatedNames(): string[] {
  return [...new Set([...composeText().matchAll(/\$\{(\w+)/g)].map(([, name = '']) => name))].sort();
}

function composeText(): string {
  return readFileSync(join(root, 'docker-compose.yml'), 'utf8');
}

function interpolated(value: unknown, environment: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return value.replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, filled(environment));
  if (Array.isArray(value)) return value.map((entry) => interpolated(entry, environment));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, interpolated(entry, environment)]));
}

function filled(environment: ReadonlyMap<string, string>) {
  return (_whole: string, name: string, mode?: string, otherwise?: string): string => {
    const set = environment.get(name) ?? '';
    if (set === '' && mode !== '-') throw new Error(`docker compose would refuse to start: ${name} is not set.`);
    return set === '' ? (otherwise ?? '') : set;
  };
}
