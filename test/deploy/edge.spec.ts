import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownerOf, owners, serviceNames } from '#fhir';
import { root } from './compose.js';

const routes = readFileSync(join(root, 'deploy/caddy/owners.caddy'), 'utf8');
const edge = readFileSync(join(root, 'deploy/caddy/Caddyfile'), 'utf8');

/** Matcher, expression and service of each route of a resource type. */
const typeRoutes = [...routes.matchAll(/^@(\S+) path_regexp (\S+)\nhandle @\1 \{\n\timport service (\S+)\n\}$/gm)].map(
  ([, , expression = '', service = '']) => ({ expression: new RegExp(expression), service }),
);

describe('the routes of the edge', () => {
  it('lead every owned type to its owner, with what stands below it, and to nobody else', () => {
    for (const type of Object.values(owners).flat()) {
      for (const path of [`/fhir/${type}`, `/fhir/${type}/1/_history/2`, `/fhir/${type}/$validate`]) {
        expect({ path, services: servicesAt(path) }).toEqual({ path, services: [ownerOf(type)] });
      }
    }
  });

  it('lead no other address to an owner of types', () => {
    const others = ['/fhir', '/fhir/metadata', '/fhir/$process-message', '/fhir/AuditEvent', '/fhir/patient'];
    for (const path of [...others, '/fhir/Patients', '/fhir/x/Patient', '/Patient', '/fhirPatient']) {
      expect({ path, services: servicesAt(path) }).toEqual({ path, services: [] });
    }
  });

  it('name the five services, once each', () => {
    expect(typeRoutes.map(({ service }) => service)).toEqual(serviceNames);
  });

  it('lead the rest below /fhir to referral, which answers for the whole', () => {
    expect(routes).toMatch(/\n@rest path \/fhir \/fhir\/\*\nhandle @rest \{\n\timport service referral\n\}\n$/);
  });

  it('are the whole edge, but for tokens, the page of documentation and whom to tell of a weakness', () => {
    expect([...edge.matchAll(/import (\S+(?: \S+)?)$/gm)].map(([, name]) => name)).toEqual([
      'owners.caddy',
      'service issuer',
      'service referral',
      'ids',
      'ids',
    ]);
    expect([...edge.matchAll(/\bpath (.+)$/gm)].map(([, paths]) => paths)).toEqual([
      '/auth/* /oauth2/token',
      '/docs /docs/* /.well-known/security.txt',
    ]);
  });

  it('bear the ids of the request also where no service answered', () => {
    for (const unanswered of ['handle {', 'handle_errors 502 503 504 {'])
      expect(edge).toContain(`\t${unanswered}\n\t\timport ids\n`);
    const set = [...edge.matchAll(/^\theader @(\w+) (\S+) \{(\S+)\}$/gm)].map(([, ...parts]) => parts);
    expect(set).toEqual([
      ['request_id', 'X-Request-Id', 'http.request.header.X-Request-Id'],
      ['no_request_id', 'X-Request-Id', 'http.request.uuid'],
      ['correlation_id', 'X-Correlation-Id', 'http.request.header.X-Correlation-Id'],
      ['no_correlation_id', 'X-Correlation-Id', 'http.request.uuid'],
    ]);
  });

  it('hand on the certificate that was shown to the edge, and never what a client says of it', () => {
    const service = /^\(service\) \{\n([\s\S]*?)^\}$/m.exec(edge)?.[1] ?? '';
    expect(service).toContain('header_up Client-Cert ":{http.request.tls.client.certificate_der_base64}:"');
    expect(service).toContain('header_up -Client-Cert-Chain');
    expect(edge.match(/reverse_proxy/g)).toHaveLength(1);
  });

  it('write no address into a log, because an address may hold an identifier of a person', () => {
    expect([...edge.matchAll(/^\s*log\b.*$/gm)].map(([line]) => line.trim())).toEqual(['log default {']);
    expect(edge).toMatch(/fields \{\s+request delete\s+uri delete\s+\}/);
  });

  it('are what tools/caddy-routes.mjs writes', () => {
    // The table of owners is read as it was built.
    expect(existsSync(join(root, 'dist/libs/fhir/src/index.js'))).toBe(true);
    const { status, stderr } = spawnSync(process.execPath, ['tools/caddy-routes.mjs', '--check'], { cwd: root });
    expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: '' });
  });
});

function servicesAt(path: string): string[] {
  return typeRoutes.filter(({ expression }) => expression.test(path)).map(({ service }) => service);
}
