import { serviceUrl } from '#service';
import { Issuer, migrateIssuer } from '../../../issuer/src/issuer.module.js';
import { registerReadyClients } from './ready-clients.js';

/** The issuer's tables, and the ready clients in them, for an issuer that runs as a process of its own. */
export async function prepareIssuer(
  adminUrl: string,
  { origin, secret, dataFolder }: { origin: string; secret: string; dataFolder: string },
): Promise<void> {
  await migrateIssuer(adminUrl);
  const databaseUrl = serviceUrl(adminUrl, 'issuer');
  const issuer = new Issuer({ origin, audience: `${origin}/fhir`, databaseUrl, secret, sandbox: true });
  await registerReadyClients(issuer, dataFolder).finally(() => issuer.close());
}
