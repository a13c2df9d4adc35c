import { list, type ReadEntry } from 'tar';
import { type PackageFile, PackageSize, unreadable } from './package-file.js';

/** An archive that unpacks to more than this many times its size was made to do harm. */
const maxDecompressionRatio = 200;

/** The JSON files of the `package` folder in an archive. They are read, never unpacked, so their paths can lead nowhere. */
export async function filesInArchive(path: string): Promise<PackageFile[]> {
  const files: PackageFile[] = [];
  const size = new PackageSize(path);
  let refused: Error | undefined;
  const onReadEntry = (entry: ReadEntry): void => {
    try {
      size.add(entry.size);
    } catch (error) {
      refused ??= error as Error;
    }
    const name = /^(?:\.\/)?package\/([^/]+\.json)$/.exec(entry.path)?.[1];
    if (refused !== undefined || name === undefined || entry.type !== 'File') {
      entry.resume();
      return;
    }
    const chunks: Buffer[] = [];
    entry.on('data', (chunk: Buffer) => chunks.push(chunk));
    entry.on('end', () => files.push({ name, text: Buffer.concat(chunks).toString('utf8') }));
  };
  try {
    await list({ file: path, strict: true, maxDecompressionRatio, onReadEntry });
  } catch {
    throw refused ?? unreadable(path, 'it is no sound .tgz');
  }
  if (refused) throw refused;
  if (!files.some(({ name }) => name === 'package.json')) throw unreadable(path, 'it has no package/package.json');
  return files;
}
