import { Client } from 'fhir-kit-client';
import type { SandboxClient } from '../sandbox-clients.js';

/** Those who act in the story, each with a FHIR client of its own. */
export type Cast = Readonly<Record<SandboxClient, Client>>;

export function castOf(baseUrl: string, tokens: ReadonlyMap<string, string>): Cast {
  const client = (name: SandboxClient): Client => {
    const made = new Client({ baseUrl });
    made.bearerToken = tokens.get(name) ?? '';
    return made;
  };
  return {
    practice: client('practice'),
    'provider-khl': client('provider-khl'),
    'provider-project6': client('provider-project6'),
    analyst: client('analyst'),
    integrator: client('integrator'),
  };
}
