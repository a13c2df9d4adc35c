import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const named = z.object({ name: z.literal('ginnel'), version: z.string() });

/** The version of the package.json above this file, from the sources as from dist/. */
export function releasedVersion(from: string = import.meta.dirname): string {
  const file = join(from, 'package.json');
  if (existsSync(file)) return named.parse(JSON.parse(readFileSync(file, 'utf8'))).version;
  if (dirname(from) === from) throw new Error('The package.json of Ginnel was not found.');
  return releasedVersion(dirname(from));
}
