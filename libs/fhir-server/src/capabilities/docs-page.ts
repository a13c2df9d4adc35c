import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { sendResponse } from '../answer.js';
import type { FhirResponse } from '../operation.js';
import type { Call, OpenApi } from './open-api.js';

const style = `
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1d2b33; background: #fff; }
h1, h2 { line-height: 1.2; } h2 { border-top: 1px solid #c5ced3; margin-top: 2.5rem; padding-top: 1rem; }
nav a { margin-right: .75rem; } a { color: #004a86; }
summary { cursor: pointer; padding: .3rem 0; } code { font-size: .95em; }
.method { display: inline-block; font-weight: 700; min-width: 3.5rem; }
table { border-collapse: collapse; margin: .5rem 0 1rem; } td, th { border-bottom: 1px solid #c5ced3; padding: .2rem 1rem .2rem 0; text-align: left; }
`;

/** The OpenAPI document as a page to read: no script, nothing fetched from elsewhere. */
export function docsPageOf(document: OpenApi): FhirResponse {
  const digest = createHash('sha256').update(style).digest('base64');
  return {
    status: 200,
    contentType: 'text/html; charset=utf-8',
    headers: {
      'content-security-policy': `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      'referrer-policy': 'no-referrer',
    },
    content: pageOf(document),
  };
}

export function mountDocs(fastify: FastifyInstance, docs: () => FhirResponse): void {
  fastify.get('/docs', (_request, reply) => sendResponse(reply, docs()));
}

function pageOf({ info, servers, tags, paths }: OpenApi): string {
  const names = tags.map(({ name }) => name);
  const links = names.map((name) => `<a href="#${escaped(name)}">${escaped(name)}</a>`).join('\n');
  const sections = names.map((name) => sectionOf(name, paths)).join('\n');
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(info.title)} API</title><style>${style}</style></head>
<body>
<main>
<h1>${escaped(info.title)} API ${escaped(info.version)}</h1>
<p>${escaped(info.description)} Base: <code>${escaped(servers[0]?.url ?? '')}</code>.
For tools: <a href="/fhir/openapi.json">openapi.json</a>, <a href="/fhir/metadata">CapabilityStatement</a>.</p>
<nav aria-label="Resource types">${links}</nav>
${sections}
</main>
</body>
</html>
`;
}

function sectionOf(tag: string, paths: OpenApi['paths']): string {
  const calls = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([, call]) => call.tags.includes(tag))
      .map(([method, call]) => callOf(method, path, call)),
  );
  return `<h2 id="${escaped(tag)}">${escaped(tag)}</h2>\n${calls.join('\n')}`;
}

function callOf(method: string, path: string, { summary, description = '', parameters = [] }: Call): string {
  const rows = parameters.map(
    (parameter) =>
      `<tr><td><code>${escaped(parameter.name)}</code></td><td>${parameter.in}</td><td>${escaped(parameter.description)}</td></tr>`,
  );
  const table =
    rows.length === 0 ? '' : `<table><tr><th>Parameter</th><th>In</th><th>Meaning</th></tr>${rows.join('')}</table>`;
  return `<details><summary><span class="method">${method.toUpperCase()}</span> <code>${escaped(path)}</code> ${escaped(summary)}</summary>
<p>${escaped(description)}</p>${table}</details>`;
}

function escaped(value: string): string {
  return value.replace(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`);
}
