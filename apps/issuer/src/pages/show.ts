import type { FastifyReply } from 'fastify';
import { page, type PageContent } from './page.js';

/** Answers with a page. */
export function show(reply: FastifyReply, title: string, content: PageContent): FastifyReply {
  const { html, headers } = page(title, content);
  return reply.headers(headers).send(html);
}
