import { type Configuration, interactionPolicy, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { assertionAlgorithms } from '../assertions/client-assertion.js';
import type { Clients } from '../clients/clients.js';
import type { KeySet } from '../keys/signing-keys.js';
import { signingAlgorithm } from '../keys/signing-keys.js';
import type { People } from '../people/people.js';
import { scopesWithin } from '../tokens/granted-scopes.js';
import type { Database } from '#postgres';
import { claimsOf } from './access-token-claims.js';
import { serverOf, tokenSeconds } from './access-token.js';
import { ClientAdapter, KeptAdapter } from './kept-adapter.js';
import { render, signOut } from './rendered.js';

export interface ProviderParts {
  /** `<origin>/auth` */
  issuer: string;
  /** `[base]`: whom access tokens are for. */
  audience: string;
  database: Database;
  clients: Clients;
  people: People;
  /** Signs cookies. */
  cookieKey: string;
}

/** oidc-provider as Ginnel sets it up, for one set of signing keys. https://openid.net/specs/openid-connect-core-1_0.html */
export function createProvider(parts: ProviderParts, keys: KeySet): Provider {
  const provider = new Provider(parts.issuer, configurationOf(parts, keys));
  // Behind an edge it is told by x-forwarded-proto whether the caller came by https: passed-request.ts sets it.
  provider.proxy = true;
  provider.silent = true;
  return provider;
}

function configurationOf(parts: ProviderParts, keys: KeySet): Configuration {
  const { database, clients, people } = parts;
  const clientAdapter = new ClientAdapter(clients);
  return {
    adapter: (model) => (model === 'Client' ? clientAdapter : new KeptAdapter(model, database)),
    jwks: { keys: [...keys.jwks] as never },
    cookies: { keys: [parts.cookieKey] },
    routes: { authorization: '/authorize', token: '/token', jwks: '/jwks', end_session: '/sign-out' },
    scopes: ['openid', 'fhirUser'],
    claims: { openid: ['sub'], fhirUser: ['fhirUser'] },
    conformIdTokenClaims: false,
    responseTypes: ['code'],
    pkce: { required: () => true },
    allowOmittingSingleRegisteredRedirectUri: false,
    clientAuthMethods: ['none', 'private_key_jwt'],
    enabledJWA: { clientAuthSigningAlgValues: Object.keys(assertionAlgorithms) as never },
    clockTolerance: 5,
    clientDefaults: { id_token_signed_response_alg: signingAlgorithm },
    ttl: { ...times },
    features: featuresOf(parts, keys),
    formats: { customizers: { jwt: (_ctx, token, jwt) => claimsOf(parts, token, jwt) } },
    findAccount: async (_ctx, id) => {
      const person = await people.find(id);
      if (!person) return undefined;
      const { fhirUser } = person;
      return { accountId: id, claims: () => ({ sub: id, ...(fhirUser === undefined ? {} : { fhirUser }) }) };
    },
    interactions: {
      policy: interactionPolicy.base(),
      url: (_ctx, { uid }) => `${new URL(parts.issuer).pathname}/sign-in/${uid}`,
    },
    loadExistingGrant: (ctx) => grantFor(ctx, parts),
    clientBasedCORS: () => false,
    discovery: {
      revocation_endpoint: `${parts.issuer}/revoke`,
      revocation_endpoint_auth_methods_supported: ['private_key_jwt'],
      revocation_endpoint_auth_signing_alg_values_supported: Object.keys(assertionAlgorithms),
    },
    renderError: (ctx, { error, error_description: description }) => {
      render(ctx, 'Sign in', { words: [description ?? error] });
    },
  };
}

function featuresOf(parts: ProviderParts, { signing }: KeySet): Configuration['features'] {
  return {
    devInteractions: { enabled: false },
    userinfo: { enabled: false },
    clientCredentials: { enabled: true },
    rpInitiatedLogout: signOut(parts.issuer),
    claimsParameter: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => parts.audience,
      useGrantedResource: () => true,
      getResourceServerInfo: async (ctx, resource, client) => {
        const known = await parts.clients.find(client.clientId);
        const asked = ctx.oidc.params?.['scope'];
        const scopes = known && resource === parts.audience ? known.scopes : [];
        const granted = scopesWithin(scopes, typeof asked === 'string' ? asked : allOf(ctx));
        return serverOf(parts.audience, granted.join(' '), signing);
      },
    },
  };
}

/** At the token endpoint nothing is asked for any more: what was granted at sign-in holds, as far as the page still has it. */
function allOf({ oidc }: KoaContextWithOIDC): string {
  return [...(oidc.entities.AuthorizationCode?.scopes ?? [])].join(' ');
}

/** Seconds. */
const times = {
  AccessToken: tokenSeconds,
  ClientCredentials: tokenSeconds,
  IdToken: tokenSeconds,
  AuthorizationCode: 60,
  Interaction: 600,
  Session: 8 * 3_600,
  Grant: 8 * 3_600,
};

/** Pages are Ginnel's own: signing in is all that a person does, and what the page is registered for is granted with it. */
async function grantFor({ oidc }: KoaContextWithOIDC, { clients, audience }: ProviderParts) {
  const { client, session } = oidc;
  if (!client || session?.accountId === undefined) return undefined;
  const known = await clients.find(client.clientId);
  const grant = new oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  const asked = oidc.params?.['scope'];
  const text = typeof asked === 'string' ? asked : '';
  grant.addOIDCScope(
    text
      .split(' ')
      .filter((scope) => ['openid', 'fhirUser'].includes(scope))
      .join(' '),
  );
  grant.addResourceScope(audience, scopesWithin(known?.scopes ?? [], text).join(' '));
  await grant.save();
  return grant;
}
