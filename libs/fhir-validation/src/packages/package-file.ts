/** A JSON file of a package, by its name alone. */
export interface PackageFile {
  name: string;
  text: string;
}

/** More than these no package of definitions has. */
export const packageLimits = { files: 20_000, fileBytes: 64 * 1024 * 1024, bytes: 512 * 1024 * 1024 };

/** Adds up what was read, and ends what is larger than a package may be. */
export class PackageSize {
  #files = 0;
  #bytes = 0;

  constructor(private readonly path: string) {}

  add(bytes: number): void {
    this.#files += 1;
    this.#bytes += bytes;
    const { files, fileBytes, bytes: most } = packageLimits;
    if (this.#files > files) throw unreadable(this.path, `it has more than ${String(files)} files`);
    if (bytes > fileBytes) throw unreadable(this.path, `a file of it is larger than ${String(fileBytes)} bytes`);
    if (this.#bytes > most) throw unreadable(this.path, `it is larger than ${String(most)} bytes`);
  }
}

/** The sentence with which a start ends. */
export function unreadable(path: string, why: string): Error {
  return new Error(`The FHIR package ${path} cannot be read: ${why}.`);
}
