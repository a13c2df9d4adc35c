import type { RegisteredClient } from '../clients/client.js';
import { AssertionRefused } from '../assertions/assertion-refused.js';
import type { ClientAssertions } from '../assertions/client-assertion.js';
import type { ClientTokens, TokenAnswer } from './client-tokens.js';
import { grantedScopes } from './granted-scopes.js';
import { TokenRefused } from './token-refused.js';

/** A form, each name once. */
export type Form = Readonly<Record<string, string>>;

export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** The parameters of a form; one that comes twice could be read in two ways. */
export function formIn(body: string): Form {
  const pairs = [...new URLSearchParams(body)];
  const names = new Set(pairs.map(([name]) => name));
  if (names.size < pairs.length) throw new TokenRefused('invalid_request', 'A parameter was sent twice.');
  return Object.fromEntries(pairs);
}

/** Answers client_credentials requests. https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html#obtain-access-token */
export class TokenRequests {
  constructor(private readonly parts: { assertions: ClientAssertions; tokens: ClientTokens }) {}

  /** Throws TokenRefused where it asks for something else. */
  check({ grant_type: grantType }: Form): void {
    if (grantType === undefined) throw new TokenRefused('invalid_request', 'grant_type is missing.');
    if (grantType !== 'client_credentials')
      throw new TokenRefused('unsupported_grant_type', 'grant_type must be client_credentials.');
  }

  /** A token for a client that has proven who it is; without a scope for all that is registered, where that is optional. */
  give(
    client: RegisteredClient,
    { form, scopeOptional }: { form: Form; scopeOptional: boolean },
  ): Promise<TokenAnswer> {
    const scope = grantedScopes(client.scopes, form['scope'], { orAll: scopeOptional });
    return this.parts.tokens.make(client, scope);
  }

  /** The client whose assertion the form bears; throws TokenRefused or AssertionRefused. */
  async authenticate(form: Form, endpoint: string): Promise<RegisteredClient> {
    const { client_assertion_type: type, client_assertion: assertion, client_id: named } = form;
    if (type !== assertionType)
      throw new TokenRefused('invalid_request', `client_assertion_type is missing, or it is not ${assertionType}.`);
    if (assertion === undefined || assertion === '')
      throw new TokenRefused('invalid_request', 'client_assertion is missing.');
    if (form['client_secret'] !== undefined)
      throw new TokenRefused('invalid_request', 'A client proves who it is in one way: by its assertion.');
    const client = await this.parts.assertions.verify(assertion, endpoint);
    if (named !== undefined && named !== client.id) throw new AssertionRefused('no-issuer');
    return client;
  }
}
