import { everyone } from '#fhir';
import { Authenticator, unauthorized } from './authenticator.js';
import type { Caller } from './caller.js';
import type { Issuers } from './known-issuer.js';

const integrator: Caller = { client: 'sandbox', role: 'integrator', audience: everyone };

export interface OpenSandboxOptions {
  /** The address that the process listens on: a loopback one, or it refuses to start. */
  host: string;
  /** Honours a token that is given. */
  tokens: Authenticator;
}

/** A sandbox on one machine: no token is needed, and without one the caller sees and may do everything. */
export class OpenSandbox extends Authenticator {
  readonly #tokens: Authenticator;

  constructor({ host, tokens }: OpenSandboxOptions) {
    super();
    if (!isLoopback(host)) throw new Error('An open sandbox listens on a loopback address only, such as 127.0.0.1.');
    this.#tokens = tokens;
  }

  override authenticate(headers: Readonly<Record<string, string>>): Promise<Caller> {
    if (headers['authorization'] !== undefined) return this.#tokens.authenticate(headers);
    // A web page may reach the loopback address under a name of its own (DNS rebinding), but not under ours.
    if (headers['host'] !== undefined && isLoopback(hostIn(headers['host']))) return Promise.resolve(integrator);
    return Promise.reject(unauthorized('Without a token this sandbox answers on a loopback address only.'));
  }

  override get issuers(): Issuers | undefined {
    return this.#tokens.issuers;
  }
}

function hostIn(header: string): string {
  return header.replace(/:\d+$/, '');
}

function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
}
