import { parseArgs } from 'node:util';

export const rowNames = [
  'create',
  'race',
  'overload',
  'read',
  'search',
  'size',
  'validate',
  'effect',
  'message',
  'webhook',
] as const;
export type RowName = (typeof rowNames)[number];

export interface BenchSettings {
  /** Requests and statements at once, on both sides of every comparison. */
  connections: number;
  rounds: number;
  /** How long one side runs in one round. */
  seconds: number;
  /** Tasks, and Patients, that lie in the store before anything is searched. */
  rows: number;
  /** Tasks in the larger of the two stores among which the same is searched; the smaller one has a thousand. */
  large: number;
  only: readonly RowName[];
  quick: boolean;
  json: boolean;
  out: string;
  /** Folder for a CPU profile of the server's process. */
  profile?: string;
}

export const usage = `npm run bench -- [--quick] [--only create,race,overload,read,search,size,validate,effect,message,webhook] [--json] [--out file]
                     [--connections 32] [--rounds 5] [--seconds 1.5] [--rows 10000] [--large 1000000] [--profile folder]

  --quick    a short run: less exact
  --json     prints what is written to the file instead of the table
  --out      .ginnel/bench/bench.json unless told
  --profile  writes a CPU profile of the server's process there; ratios of such a run mean little`;

const long = { connections: '32', rounds: '5', seconds: '1.5', rows: '10000', large: '1000000' };
const short = { connections: '32', rounds: '2', seconds: '0.5', rows: '1000', large: '100000' };

/** What the command line asks for; throws one sentence where it asks for something else. */
export function readBenchSettings(args: readonly string[]): BenchSettings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      out: { type: 'string', default: '.ginnel/bench/bench.json' },
      only: { type: 'string', default: rowNames.join(',') },
      connections: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      rows: { type: 'string' },
      large: { type: 'string' },
      profile: { type: 'string' },
    },
  });
  const { quick, json, out, profile } = values;
  const { connections, rounds, seconds, rows, large } = { ...(quick ? short : long), ...given(values) };
  return {
    quick,
    json,
    out,
    only: onlyOf(values.only),
    connections: wholeNumber('connections', connections, 256),
    rounds: wholeNumber('rounds', rounds, 100),
    seconds: secondsOf(seconds),
    rows: wholeNumber('rows', rows, 2_000_000),
    large: wholeNumber('large', large, 10_000_000),
    ...(profile === undefined ? {} : { profile }),
  };
}

function given(values: Partial<Record<keyof typeof long, string | undefined>>): Partial<typeof long> {
  const names = Object.keys(long) as (keyof typeof long)[];
  const told = names.map((name) => [name, values[name]] as const).filter(([, value]) => value !== undefined);
  return Object.fromEntries(told);
}

function onlyOf(text: string): RowName[] {
  const wanted = text.split(',').map((name) => name.trim());
  const unknown = wanted.find((name) => !(rowNames as readonly string[]).includes(name));
  if (unknown !== undefined) throw new Error(`--only takes some of ${rowNames.join(', ')}.`);
  return rowNames.filter((name) => wanted.includes(name));
}

function wholeNumber(name: string, text: string, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new Error(`--${name} takes a whole number from 1 to ${String(most)}.`);
}

function secondsOf(text: string): number {
  const value = Number(text);
  if (value >= 0.2 && value <= 60) return value;
  throw new Error('--seconds takes a number from 0.2 to 60.');
}
