import type { FastifyInstance } from 'fastify';

/** Whom to tell of a weakness in this installation, and until when that holds. */
export interface SecurityContact {
  /** https:, mailto: or tel: */
  contact: string;
  expires: Date;
}

const path = '/.well-known/security.txt';

/**
 * Where whoever finds a weakness reads whom to tell. Nothing is served without a contact, nor after its day.
 * https://www.rfc-editor.org/rfc/rfc9116
 */
export function mountSecurityTxt(
  fastify: FastifyInstance,
  { security, baseUrl, now }: { security: SecurityContact | undefined; baseUrl: string; now: () => Date },
): void {
  if (!security) return;
  fastify.get(path, (_request, reply) =>
    security.expires > now()
      ? reply
          .header('content-type', 'text/plain; charset=utf-8')
          .header('cache-control', 'max-age=3600')
          .send(securityTxt(security, new URL(path, baseUrl).href))
      : reply.status(404).send(),
  );
}

function securityTxt({ contact, expires }: SecurityContact, canonical: string): string {
  const fields = {
    Contact: contact,
    Expires: expires.toISOString(),
    'Preferred-Languages': 'en',
    Canonical: canonical,
  };
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
}
