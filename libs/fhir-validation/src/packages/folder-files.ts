import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type PackageFile, PackageSize } from './package-file.js';

/** The JSON files of a folder, or of the `package` folder in it; folders below hold examples and other things. */
export async function filesInFolder(path: string): Promise<PackageFile[]> {
  const inner = join(path, 'package');
  const isUnpacked = await stat(join(inner, 'package.json')).then(
    () => true,
    () => false,
  );
  const folder = isUnpacked ? inner : path;
  const size = new PackageSize(path);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  const files: PackageFile[] = [];
  for (const name of names) {
    const found = await stat(join(folder, name));
    if (!found.isFile()) continue;
    size.add(found.size);
    files.push({ name, text: await readFile(join(folder, name), 'utf8') });
  }
  return files;
}
