/** Looks until what is awaited is there, and fails with what there was when it does not come. */
export async function eventually<T>(
  look: () => Promise<T> | T,
  isThere: (seen: T) => boolean,
  withinMs = 15_000,
): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (isThere(seen)) return seen;
    if (Date.now() > end) throw new Error(`It did not happen; there was ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
