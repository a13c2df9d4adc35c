import type { Provider } from 'oidc-provider';
import type { SigningKeys } from '../keys/signing-keys.js';
import type { ProviderParts } from './provider.js';

/** The provider of now: another one after each step of a key rotation, because a provider's keys are fixed. */
export class KeptProvider {
  #made: { keys: string; signing: string; provider: Provider } | undefined;

  constructor(
    private readonly parts: ProviderParts,
    private readonly keys: SigningKeys,
  ) {}

  async current(): Promise<{ provider: Provider; signing: string }> {
    const set = await this.keys.current();
    const keys = set.jwks.map(({ kid }) => kid).join(' ');
    if (this.#made?.keys !== keys) {
      // Loaded where it is used: on Node 20 it says that its makers no longer look after that, which a command should not.
      const { createProvider } = await import('./provider.js');
      this.#made = { keys, signing: set.signing, provider: createProvider(this.parts, set) };
    }
    return this.#made;
  }
}
