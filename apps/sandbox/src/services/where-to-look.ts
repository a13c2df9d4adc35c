import { readyClients } from '../issuer/ready-clients.js';
import type { RunningServices } from './start-services.js';

/** What a newcomer does next, as lines to print. */
export function whereToLook({ url, services }: Pick<RunningServices, 'url' | 'services'>): string[] {
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
    'Tokens',
    `  npx ginnel token <client>, which is one of ${readyClients.map(({ id }) => id).join(', ')}`,
    '',
    'Ctrl-C stops everything; the data stays. npm run start:services -- --fresh begins anew.',
  ];
}

function line(name: string, value: string): string {
  return `  ${name.padEnd(20)} ${value}`;
}
