import type { SandboxSettings } from './sandbox-settings.js';

/** What a newcomer does next, as lines to print. */
export function whereToLook(
  { url, tokens }: { url: string; tokens: ReadonlyMap<string, string> },
  { open }: Pick<SandboxSettings, 'open'>,
): string[] {
  const practice = tokens.get('practice') ?? '';
  const header = open ? '' : ` -H 'Authorization: Bearer ${practice}'`;
  return [
    '',
    'Where to look',
    `  base URL             ${url}/fhir`,
    `  health               ${url}/health/ready`,
    `  CapabilityStatement  ${url}/fhir/metadata`,
    `  OpenAPI              ${url}/docs`,
    `  metrics              ${url}/metrics`,
    '',
    ...(open
      ? ['No token is needed: you act as an all-seeing integrator. Or act as one of these:']
      : ['Tokens of the ready-made clients']),
    ...[...tokens].map(([client, token]) => `  ${client.padEnd(20)} ${token}`),
    '',
    'With curl',
    `  curl${header} '${url}/fhir/Task?_include=Task:focus'`,
    '',
    'With fhir-kit-client',
    "  import { Client } from 'fhir-kit-client';",
    `  const client = new Client({ baseUrl: '${url}/fhir' });`,
    ...(open ? [] : [`  client.bearerToken = '${practice}';`]),
    "  const tasks = await client.search({ resourceType: 'Task', searchParams: { _include: 'Task:focus' } });",
    '',
    'Ctrl-C stops everything; the data stays. npm start -- --fresh begins anew.',
  ];
}
