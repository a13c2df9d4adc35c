/** When a key signs, and for how long it is published. All times by one clock, in milliseconds. */
export interface TimedKey {
  kid: string;
  signsFrom: number;
}

/** A token that was signed in a key's last moment lives that long after it; its verifiers' clocks may be a minute behind. */
export const publishedAfterMs = (300 + 60) * 1_000;

/**
 * Which key signs now, and which are published: the one that signs, those that will, and those whose tokens may still live. A
 * key signs until the next one begins.
 */
export function keysAt<Key extends TimedKey>(keys: readonly Key[], now: number): { signing?: Key; published: Key[] } {
  const ordered = [...keys].sort((one, other) => one.signsFrom - other.signsFrom);
  const signing = ordered.findLast(({ signsFrom }) => signsFrom <= now);
  const published = ordered.filter((_key, index) => {
    const next = ordered[index + 1];
    return !next || now < next.signsFrom + publishedAfterMs;
  });
  return { ...(signing ? { signing } : {}), published };
}
