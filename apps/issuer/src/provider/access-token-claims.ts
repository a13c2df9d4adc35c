import type { AccessToken, ClientCredentials, JWTStructured } from 'oidc-provider';
import type { Clients } from '../clients/clients.js';
import type { People } from '../people/people.js';

/** Adds who it is that calls: `role`, `organisation`, `user` (who signed in), `patient` (of a link), `cnf` (of a certificate). */
export async function claimsOf(
  { clients, people, audience }: { clients: Clients; people: People; audience: string },
  token: AccessToken | ClientCredentials,
  { payload }: JWTStructured,
): Promise<void> {
  const clientId = token.clientId ?? '';
  const person = 'accountId' in token ? await people.find(token.accountId) : undefined;
  const client = await clients.find(clientId);
  if (!client || ('accountId' in token && !person)) throw new Error('A token for nobody was asked for.');
  const { role, organisation } = person ?? client;
  Object.assign(payload, {
    aud: [audience],
    role,
    organisation,
    ...(person ? { user: person.id } : {}),
    ...(client.patient === undefined ? {} : { patient: client.patient }),
    ...(client.certificateThumbprint === undefined ? {} : { cnf: { 'x5t#S256': client.certificateThumbprint } }),
  });
}
