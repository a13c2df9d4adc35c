import { createHash } from 'node:crypto';

const longest = 256;

/** A key as it is kept: criteria may be longer than an index takes. */
export function storedKey(key: string): string {
  if (key.length <= longest) return key;
  const digest = createHash('sha256').update(key).digest('hex');
  return `${key.slice(0, longest - digest.length - 1)}#${digest}`;
}
