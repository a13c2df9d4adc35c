/** The value of NHSD-Target-Identifier: Base64 of `{"value":…,"system":…}`. Undefined where it cannot be read. */
export function targetIn(header: string | string[] | undefined): string | undefined {
  if (typeof header !== 'string') return undefined;
  try {
    const { value } = JSON.parse(Buffer.from(header, 'base64').toString('utf8')) as Record<string, unknown>;
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The value of the first endpoint that a message is sent to, in JSON or XML. */
export function targetInMessage(text: string): string | undefined {
  const [, destination = ''] = /"?destination"?\b([\s\S]{0,2000})/.exec(text) ?? [];
  return /endpoint"?\s*(?::|value\s*=)\s*["'][^"'|]*\|([^"']*)["']/.exec(destination)?.[1];
}
