import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { projectRoot } from '#programmes';
import { findPlace, type Place } from '../operate/where.js';
import { erasePerson } from '../person/erase-person.js';
import { exportPerson } from '../person/export-person.js';
import { findPerson, type Person } from '../person/find-person.js';
import { nhsNumberIn } from '../person/nhs-number.js';
import { readNatsNamespace } from '../person/person.config.js';
import { schemasOf, withAdmin } from '../person/rows.js';
import { readSandboxConfig } from '../sandbox.config.js';
import { definitions } from '../sandbox.module.js';
import type { Command } from './command.js';

const lines = [
  'person export <NHS number> [--folder .]   all that is held of a person, as two files for their owner alone',
  'person erase <NHS number> [--yes]         erases a person everywhere; without --yes it counts, and asks',
  '                                          instead of the number, -: it is read from standard input',
];

/** What a person may ask of those who hold something of him. The number is never printed. */
export const personCommand: Command = {
  usage: lines,
  run: async (words) => {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { yes: { type: 'boolean', default: false }, folder: { type: 'string', default: '.' } },
    });
    const [verb = '', word] = positionals;
    if (word === undefined || !['export', 'erase'].includes(verb)) throw new Error(lines.join('\n'));
    const number = nhsNumberIn(word === '-' ? (await text(process.stdin)).trim() : word);
    const { dataFolder } = readSandboxConfig(join(projectRoot(), '.ginnel'));
    const place = await findPlace(dataFolder);
    const work =
      verb === 'export'
        ? exporting(place, number, values.folder)
        : erasing(place, { number, yes: values.yes, isAsked: word !== '-' });
    return work.finally(() => place.leave());
  },
};

async function exporting({ databaseUrl: adminUrl }: Place, number: string, folder: string): Promise<number> {
  const exported = await exportPerson({ adminUrl, definitions, number, folder: resolve(folder) });
  if (!exported) return say('Nothing is held of this person.');
  const { file, manifestFile, manifest } = exported;
  say(JSON.stringify(manifest, undefined, 2));
  return say(
    `Written, for you alone: ${file} and ${manifestFile}. They hold personal data: keep or send them as such.`,
  );
}

async function erasing(
  { databaseUrl: adminUrl, natsUrl, natsMonitorUrl }: Place,
  { number, yes, isAsked }: { number: string; yes: boolean; isAsked: boolean },
): Promise<number> {
  const person = await withAdmin(adminUrl, (client) => findPerson(client, schemasOf(definitions), { number }));
  say(countsOf(person));
  if (!yes && !(isAsked && (await confirmed()))) return say('Nothing was erased: --yes erases it.');
  const receipt = await erasePerson({
    adminUrl,
    nats: { url: natsUrl, monitorUrl: natsMonitorUrl, namespace: readNatsNamespace() },
    definitions,
    number,
    done: (step) => {
      process.stderr.write(`${step}\n`);
    },
  });
  return say(receipt ? JSON.stringify(receipt, undefined, 2) : 'Nothing is held of this person.');
}

function countsOf({ patients, own, namedIn }: Person): string {
  const types: Record<string, number> = {};
  for (const ref of own) {
    const [type = ''] = ref.split('/');
    types[type] = (types[type] ?? 0) + 1;
  }
  const counts = { patientRecords: patients.length, resources: types, namedInOthers: namedIn.length };
  return JSON.stringify(counts, undefined, 2);
}

async function confirmed(): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await asking.question('This cannot be undone. Type "erase" to erase it: ');
  asking.close();
  return answer.trim() === 'erase';
}

function say(line: string): number {
  process.stdout.write(`${line}\n`);
  return 0;
}
