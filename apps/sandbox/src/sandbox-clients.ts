import { createHmac } from 'node:crypto';
import type { TokenClient } from '#auth';

/** Ready-made clients: whom each plays, and for which organisation of the seed it acts. */
const clients: readonly Omit<TokenClient, 'token'>[] = [
  { client: 'practice', role: 'practice', organisation: 'worth-valley-practice' },
  { client: 'provider-khl', role: 'provider', organisation: 'keighley-healthy-living' },
  { client: 'provider-project6', role: 'provider', organisation: 'project-6' },
  { client: 'analyst', role: 'analyst', organisation: 'aire-and-wharfe-ics' },
  { client: 'integrator', role: 'integrator', organisation: 'modality-airedale' },
];

export type SandboxClient = 'practice' | 'provider-khl' | 'provider-project6' | 'analyst' | 'integrator';

/** The clients with the tokens of this sandbox: made from its secret, so that they stay the same after a restart. */
export function sandboxClients(secret: string): TokenClient[] {
  return clients.map((client) => ({ ...client, token: tokenOf(secret, client.client) }));
}

export function tokenOf(secret: string, client: string): string {
  return createHmac('sha256', secret).update(`sandbox token ${client}`).digest('base64url');
}
