import { Client } from 'fhir-kit-client';
import { GinnelClient } from '#client';
import type { TokenSource } from '../issuer/kept-tokens.js';
import type { SandboxClient } from '../sandbox-clients.js';

/** Those who act in the story, each with a FHIR client of its own. */
export type Cast = Readonly<Record<SandboxClient, Client>>;

/** The systems of the practice and the provider, with the client kit. */
export type Systems = Readonly<Record<'practice' | 'provider-khl', GinnelClient>>;

export function systemsOf(baseUrl: string, tokens: TokenSource): Systems {
  const system = (name: SandboxClient): GinnelClient =>
    new GinnelClient({ baseUrl, token: async () => (await tokens.get(name)) ?? '' });
  return { practice: system('practice'), 'provider-khl': system('provider-khl') };
}

export function castOf(baseUrl: string, tokens: TokenSource): Cast {
  const client = (name: SandboxClient): Client => {
    const authorize = async ({ headers }: RequestInit): Promise<void> => {
      const token = (await tokens.get(name)) ?? '';
      if (headers instanceof Headers) headers.set('authorization', `Bearer ${token}`);
    };
    // Asked for at each request, because a token may end before a long story does. The client waits for what is returned.
    return new Client({ baseUrl, requestSigner: (_url: string, init: RequestInit): unknown => authorize(init) });
  };
  return {
    practice: client('practice'),
    'provider-khl': client('provider-khl'),
    'provider-project6': client('provider-project6'),
    analyst: client('analyst'),
    integrator: client('integrator'),
  };
}
