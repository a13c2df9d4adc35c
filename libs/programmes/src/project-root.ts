import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of the project: the first one upwards that has both package.json and programmes/ (libs/programmes alone is not it). */
export function projectRoot(from: string = import.meta.dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'programmes'))) return folder;
    if (folder === dirname(folder)) throw new Error(`No folder with package.json and programmes/ above ${from}`);
  }
}
