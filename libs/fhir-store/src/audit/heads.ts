import { createHash } from 'node:crypto';

/** What a chain of so many entries comes to: who keeps it elsewhere can tell later whether the chain is still the same. */
export interface Head {
  /** Entries sealed so far. */
  entries: number;
  /** SHA-256 as hex: of the head before and the digest of the entry, one after another. */
  head: string;
  /** When it was published, as the broker says. */
  at?: Date | undefined;
}

/** Before the first entry. */
export const noHead = Buffer.alloc(32);
export const digestBytes = 32;

/** The head after these digests, which stand behind each other. */
export function headAfter(head: Buffer, digests: Buffer): Buffer {
  let next = head;
  for (let at = 0; at < digests.length; at += digestBytes) {
    next = createHash('sha256')
      .update(next)
      .update(digests.subarray(at, at + digestBytes))
      .digest();
  }
  return next;
}
