import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { programmeNames, projectRoot } from '#programmes';
import type { Postcodes } from './postcode.js';

const file = z.array(z.object({ postcode: z.string(), latitude: z.number(), longitude: z.number() }));

let known: Postcodes | undefined;

/** The few postcodes that the programmes bring for demonstration, with approximate places. */
export function demonstrationPostcodes(): Postcodes {
  return (known ??= new Map(programmeNames().flatMap(postcodesOf)));
}

function postcodesOf(programme: string) {
  const path = join(projectRoot(), 'programmes', programme, 'demonstration-postcodes.json');
  const places = file.parse(JSON.parse(readFileSync(path, 'utf8')));
  return places.map(({ postcode, ...place }) => [postcode, place] as const);
}
