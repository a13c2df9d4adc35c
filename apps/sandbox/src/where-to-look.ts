import { readyClients, readyOperator } from './issuer/ready-clients.js';
import type { SandboxSettings } from './sandbox-settings.js';

/** What a newcomer does next, as lines to print. */
export function whereToLook({ url }: { url: string }, { open }: Pick<SandboxSettings, 'open'>): string[] {
  const header = open ? '' : ' -H "Authorization: Bearer $(npx ginnel token practice)"';
  return [
    '',
    'Where to look',
    `  base URL             ${url}/fhir`,
    `  health               ${url}/health/ready`,
    `  CapabilityStatement  ${url}/fhir/metadata`,
    `  OpenAPI              ${url}/docs`,
    `  metrics              ${url}/metrics`,
    '',
    ...(open ? ['No token is needed: you act as an all-seeing integrator. Or act as somebody:'] : ['Tokens']),
    `  npx ginnel token <client>, which is one of ${readyClients.map(({ id }) => id).join(', ')}`,
    `  register a client    ${url}/auth/register, as ${readyOperator}; the password stands in operator-password of the data folder`,
    '',
    'With curl',
    `  curl${header} '${url}/fhir/Task?_include=Task:focus'`,
    '',
    'With fhir-kit-client',
    "  import { Client } from 'fhir-kit-client';",
    `  const client = new Client({ baseUrl: '${url}/fhir' });`,
    ...(open ? [] : ['  client.bearerToken = process.env.TOKEN; // TOKEN=$(npx ginnel token practice)']),
    "  const tasks = await client.search({ resourceType: 'Task', searchParams: { _include: 'Task:focus' } });",
    '',
    'Ctrl-C stops everything; the data stays. npm start -- --fresh begins anew.',
  ];
}
