import { hash } from 'node:crypto';

/**
 * SHA-256 of the certificate that the edge was shown, as `x5t#S256` has it; undefined where there was none. The edge hands it
 * on in one header, which it takes away from every request that brings one itself. https://www.rfc-editor.org/rfc/rfc9440
 */
export function certificateThumbprintIn(headers: Readonly<Record<string, string>>): string | undefined {
  const encoded = /^:([A-Za-z0-9+/]{1,16384}={0,2}):$/.exec(headers['client-cert'] ?? '')?.[1];
  return encoded === undefined ? undefined : hash('sha256', Buffer.from(encoded, 'base64'), 'base64url');
}
