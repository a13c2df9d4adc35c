import { createHash } from 'node:crypto';

/**
 * The id of the Observation that a response gives for an item or a total: the same at each delivery. No linkId with a dot is
 * written out, so the last dot parts the two and no two responses share an id; the other form is a digest, without a dot.
 */
export function observationId(responseId: string, part: string): string {
  const readable = `${responseId}.${part}`;
  if (readable.length <= 64 && /^[A-Za-z0-9-]+$/.test(part)) return readable;
  return createHash('sha256')
    .update(JSON.stringify([responseId, part]))
    .digest('hex');
}
