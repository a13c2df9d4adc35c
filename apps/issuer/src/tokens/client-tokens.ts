import { AssertionRefused } from '../assertions/assertion-refused.js';
import type { RegisteredClient } from '../clients/client.js';
import type { Clients } from '../clients/clients.js';
import { serverOf, tokenSeconds } from '../provider/access-token.js';
import type { KeptProvider } from '../provider/kept-provider.js';

/** The answer to a token request. https://www.rfc-editor.org/rfc/rfc6749#section-5.1 */
export interface TokenAnswer {
  access_token: string;
  token_type: 'bearer';
  expires_in: number;
  scope: string;
}

/** Makes access tokens for systems. */
export class ClientTokens {
  constructor(
    private readonly parts: { provider: KeptProvider; clients: Clients; audience: string; now: () => Date },
  ) {}

  async make(client: RegisteredClient, scope: string): Promise<TokenAnswer> {
    const { provider, signing } = await this.parts.provider.current();
    const known = await provider.Client.find(client.id);
    if (!known) throw new Error('The client went away while its token was made.');
    const token = new provider.ClientCredentials({ client: known, scope });
    const { audience } = this.parts;
    token.resourceServer = new provider.ResourceServer(audience, serverOf(audience, scope, signing));
    token.iat = this.#issuedAt(client);
    const made = await token.save();
    await this.#refuseEnded(client);
    return { access_token: made, token_type: 'bearer', expires_in: tokenSeconds, scope };
  }

  /** Its tokens may have ended while this one was made, whose second would then look like a later one. */
  async #refuseEnded({ id, endedAt }: RegisteredClient): Promise<void> {
    const now = await this.parts.clients.find(id);
    if (!now || now.suspended || now.endedAt !== endedAt) throw new AssertionRefused('client');
  }

  /** Tokens tell their second of issue: one of the second in which earlier ones were revoked says the next, not to look like one of those. */
  #issuedAt({ endedAt = 0 }: RegisteredClient): number {
    return Math.max(Math.floor(this.parts.now().getTime() / 1_000), endedAt + 1);
  }
}
