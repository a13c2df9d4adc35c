const acting = /<script|<html|<svg|<iframe|<!doctype html|<\?php/i;
/** The end of a ZIP archive, found from the back: it may lie behind, or in, a file of another type. */
const archiveEnd = Buffer.from('PK\u0005\u0006', 'latin1');
const archiveEndWithin = 65_557;

/** Whether it holds what a browser would run, were it taken for a page. */
export function actsInText(text: string): boolean {
  return acting.test(text);
}

export function hidesArchive(bytes: Buffer): boolean {
  return bytes.subarray(-archiveEndWithin).includes(archiveEnd);
}
