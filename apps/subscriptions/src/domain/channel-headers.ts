import { error, type Issue } from '#fhir';

const place = 'Subscription.channel.header';
const most = 20;
const mostCharacters = 8_000;
const form = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e]*)$/;

/** What the notification says itself, and what belongs to the connection. */
const ours = [
  ...['host', 'content-type', 'content-length', 'content-encoding', 'transfer-encoding', 'connection', 'keep-alive'],
  ...['te', 'trailer', 'upgrade', 'expect', 'proxy-authorization', 'proxy-connection', 'x-correlation-id'],
];

/** Headers are secrets: a message names their place and never what they hold. */
export function headerIssues(headers: readonly string[] = []): Issue[] {
  if (headers.length > most || headers.join('').length > mostCharacters) {
    const limits = `At most ${String(most)} headers of ${String(mostCharacters)} characters together are taken.`;
    return [error('too-long', limits, place)];
  }
  return headers.flatMap((header, at) => {
    const fault = faultOf(header);
    return fault === undefined ? [] : [error('value', fault, `${place}[${String(at)}]`)];
  });
}

/** `Authorization: Bearer …` → its name and value. */
export function headersOf(headers: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    headers.map((header) => {
      const [, name = '', value = ''] = form.exec(header) ?? [];
      return [name, value.trim()];
    }),
  );
}

function faultOf(header: string): string | undefined {
  const name = form.exec(header)?.[1]?.toLowerCase();
  if (name === undefined) return 'A header is written as Name: value, in ASCII and on one line.';
  return ours.includes(name) || name.startsWith('x-ginnel-') ? 'This header is set by the server itself.' : undefined;
}
