import { Authenticator } from '../../../libs/auth/src/authenticator.js';
import type { Caller } from '../../../libs/auth/src/caller.js';
import type { TokenClient } from '../../../libs/auth/src/bearer-tokens.js';

export type { TokenClient };

/** Takes everybody for its first client, whatever the token. */
export class BearerTokens extends Authenticator {
  readonly #caller: Promise<Caller>;

  constructor([first]: readonly TokenClient[]) {
    super();
    const { client, role, organisation } = first ?? { client: '', role: 'practice', organisation: '' };
    this.#caller = Promise.resolve({ client, role, organisation, audience: [organisation, 'public'] });
  }

  override authenticate(): Promise<Caller> {
    return this.#caller;
  }
}
