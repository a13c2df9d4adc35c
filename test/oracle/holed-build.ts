import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '#programmes';

/** A copy of this build, in which one thing is done wrongly. */
export interface HoledBuild {
  /** Path of a built file. */
  at: (path: string) => string;
  remove: () => void;
}

/** Takes `text` out of a built file, where it stands exactly once. */
export function holedBuild({ file, text }: { file: string; text: string }): HoledBuild {
  const root = projectRoot();
  const copy = mkdtempSync(join(tmpdir(), 'ginnel-holed-'));
  for (const name of readdirSync(root)) {
    if (name === 'dist') cpSync(join(root, name), join(copy, name), { recursive: true });
    else if (!name.startsWith('.')) symlinkSync(join(root, name), join(copy, name));
  }
  // Node would follow a link to it, and read the imports of the whole build.
  rmSync(join(copy, 'package.json'));
  cpSync(join(root, 'package.json'), join(copy, 'package.json'));
  const holed = join(copy, 'dist', file);
  const parts = readFileSync(holed, 'utf8').split(text);
  if (parts.length !== 2) throw new Error(`${file} holds this ${String(parts.length - 1)} times: ${text}`);
  writeFileSync(holed, parts.join(''));
  return {
    at: (path) => join(copy, 'dist', path),
    remove: () => {
      rmSync(copy, { recursive: true, force: true });
    },
  };
}
