const timeoutMs = 5_000;
const usualMost = 1024 * 1024;

/**
 * One JSON object from an address that the operator configured: no redirect is followed, neither its time nor its length is
 * without end. Throws where it does not come.
 */
export async function fetchJson(url: string, mostBytes = usualMost): Promise<Readonly<Record<string, unknown>>> {
  const answer = await fetch(url, {
    headers: { accept: 'application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!answer.ok || !answer.body) {
    await answer.body?.cancel();
    throw new Error(`The answer was ${String(answer.status)}.`);
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of answer.body) {
    length += part.byteLength;
    if (length > mostBytes) throw new Error('The answer is too long.');
    parts.push(part);
  }
  const value: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('The answer is no object.');
  return value as Record<string, unknown>;
}
