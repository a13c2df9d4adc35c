import type { FastifyRequest } from 'fastify';

/** Whether a form was sent from one of our own pages: a browser says so itself. https://www.w3.org/TR/fetch-metadata/ */
export function isFromOwnPage({ headers }: FastifyRequest, origin: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return false;
  return headers.origin === undefined ? site === 'same-origin' : headers.origin === origin;
}
