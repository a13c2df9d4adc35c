import fastify from 'fastify';
import { workForParent } from './child.js';

const fhirJson = 'application/fhir+json; charset=utf-8';

/** The least that an HTTP server can do: parse a body and send it back, or answer a body that never changes. */
workForParent(async (constant) => {
  const server = fastify({ logger: false });
  server.addContentTypeParser('application/fhir+json', { parseAs: 'string' }, (_request, text, done) => {
    done(null, { text, parsed: JSON.parse(text as string) as unknown });
  });
  server.post<{ Body: { text: string } }>('/', (request, reply) =>
    reply.code(201).header('content-type', fhirJson).send(request.body.text),
  );
  server.get('/', (_request, reply) => reply.header('content-type', fhirJson).send(constant));
  const ready = await server.listen({ host: '127.0.0.1', port: 0 });
  return { ready, stop: () => server.close() };
});
