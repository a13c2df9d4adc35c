const longestMs = 24 * 3_600_000;

/**
 * How long a receiver asks to be left alone, a day at most; undefined where it does not say.
 * https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 *
 * @param value seconds, or a date of HTTP
 */
export function retryAfter(value: string | string[] | undefined, now: Date): number | undefined {
  const text = (Array.isArray(value) ? value[0] : value)?.trim() ?? '';
  const wait = /^\d+$/.test(text) ? Number(text) * 1_000 : dateIn(text) - now.getTime();
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), longestMs);
}

/** Date.parse takes more than the dates of HTTP: `-5` is a month to it. */
function dateIn(text: string): number {
  return / GMT$/.test(text) ? Date.parse(text) : Number.NaN;
}
