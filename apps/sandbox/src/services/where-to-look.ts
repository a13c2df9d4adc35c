import type { RunningServices } from './start-services.js';

/** What a newcomer does next, as lines to print. */
export function whereToLook({ url, tokens, services }: Pick<RunningServices, 'url' | 'tokens' | 'services'>): string[] {
  return [
    '',
    'Where to look',
    line('base URL', `${url}/fhir`),
    line('CapabilityStatement', `${url}/fhir/metadata`),
    line('OpenAPI', `${url}/fhir/openapi.json`),
    line('health', `${url}/health/ready`),
    '',
    'Each service by itself: health, with /metrics beside it',
    ...services.map(({ service, url: at = '', pid }) => line(service, `${at}/health/ready  process ${String(pid)}`)),
    '',
    'Tokens of the ready-made clients',
    ...[...tokens].map(([client, token]) => line(client, token)),
    '',
    'Ctrl-C stops everything; the data stays. npm run start:services -- --fresh begins anew.',
  ];
}

function line(name: string, value: string): string {
  return `  ${name.padEnd(20)} ${value}`;
}
