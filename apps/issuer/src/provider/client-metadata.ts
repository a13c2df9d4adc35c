import type { AdapterPayload } from 'oidc-provider';
import type { RegisteredClient } from '../clients/client.js';

/** A client in the words of OpenID Connect: a page through which people sign in (PKCE, no secret), or a system. */
export function metadataOf({ id, redirectUris }: RegisteredClient): AdapterPayload {
  const isPage = redirectUris.length > 0;
  return {
    client_id: id,
    redirect_uris: [...redirectUris],
    grant_types: isPage ? ['authorization_code'] : ['client_credentials'],
    response_types: isPage ? ['code'] : [],
    // What a system proves itself with is looked at before the provider hears of it.
    token_endpoint_auth_method: isPage ? 'none' : 'private_key_jwt',
    ...(isPage ? {} : { jwks: { keys: [] } }),
  };
}
