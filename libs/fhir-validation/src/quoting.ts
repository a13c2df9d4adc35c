// What a sender wrote is repeated only where it can't be anything personal: names of elements and types, and codes.

/** The name in quotes, or undefined where it does not look like a name of FHIR. */
export function quotedName(name: string): string | undefined {
  return /^_?[A-Za-z][A-Za-z0-9]{0,63}$/.test(name) ? `"${name}"` : undefined;
}

/** Written as somebody's name would be. */
export const capitalised = /^[A-Z][a-z]/;

/**
 * The code in quotes with a space before it, or nothing where it may be a text, an identifier or somebody's name; `names` says
 * that codes of this set are written as names are.
 */
export function quotedCode(code: unknown, { names = false }: { names?: boolean } = {}): string {
  if (typeof code !== 'string' || (capitalised.test(code) && !names)) return '';
  const plain = /^[A-Za-z0-9][\w.+/-]{0,39}$/.test(code) && !/\d{6}/.test(code);
  return plain ? ` "${code}"` : '';
}

/** The canonical or extension in quotes with a space before it, or nothing where a person's data might stand in it. */
export function quotedUrl(url: string): string {
  const plain = /^(?:https?:\/\/|urn:oid:)[A-Za-z][\w.:/-]{0,199}(?:\|[\w.-]{1,40})?$/.test(url) && !/\d{6}/.test(url);
  return plain ? ` "${url}"` : '';
}
