import { X509Certificate } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { parseScopes, printScopes, type Role, roles, scopeNamespace } from '#auth';
import type { RegisteredClient } from './client.js';
import type { Clients } from './clients.js';
import { type FetchKeySetOptions, problemOfKeySetUrl } from './fetch-key-set.js';
import { registeredKeySetIn } from './key-set.js';

/** A registration as somebody writes it. */
export interface Registration {
  id: string;
  role?: string | undefined;
  organisation?: string | undefined;
  patient?: string | undefined;
  /** Separated by spaces; all that the role may do, where nothing is written. */
  scope?: string | undefined;
  /** A JSON Web Key Set, or the https address of one; without it a key pair is made. */
  jwks?: string | undefined;
  /** PEM of the certificate that must come with its tokens. */
  certificate?: string | undefined;
  /** Of a page through which people sign in. */
  redirectUris?: readonly string[] | undefined;
  /** A client of this id is made what is written here; its tokens end. */
  replace?: boolean | undefined;
}

export interface Registered {
  client: RegisteredClient;
  /** The private key that was made: shown once, kept nowhere. */
  privateKey?: JWK;
}

const logicalId = /^[A-Za-z0-9.-]{1,64}$/;

/** Registers a client; a fault in what is written throws one sentence. */
export class RegisterClient {
  constructor(
    private readonly clients: Clients,
    private readonly options: FetchKeySetOptions,
  ) {}

  async execute(registration: Registration): Promise<Registered> {
    const registered = await this.#read(registration);
    if (await this.clients.add(registered.client)) return registered;
    if (registration.replace !== true)
      throw new Error(`There is a client ${registration.id} already: take another id, or replace it (--replace).`);
    await this.clients.replace(registered.client);
    return registered;
  }

  async #read(registration: Registration): Promise<Registered> {
    const { id, redirectUris = [] } = registration;
    if (!/^[a-zA-Z0-9][\w.-]{0,63}$/.test(id))
      throw new Error('The id of a client is 1 to 64 letters, digits, hyphens, dots and _.');
    const common = {
      id,
      scopes: scopesIn(registration.scope, redirectUris.length > 0),
      redirectUris,
      suspended: false,
    };
    if (redirectUris.length > 0) {
      redirectUris.forEach((uri) => {
        this.#checkRedirect(uri);
      });
      return { client: common };
    }
    const { keys, privateKey } = await this.#keysIn(registration.jwks, id);
    const client = { ...common, ...actorIn(registration), ...keys, ...certificateIn(registration.certificate) };
    return { client, ...(privateKey ? { privateKey } : {}) };
  }

  async #keysIn(source: string | undefined, id: string) {
    const text = source?.trim() ?? '';
    if (text === '') {
      const { publicKey, privateKey } = await makeKeyPair(id);
      return { keys: { jwks: { keys: [publicKey] } }, privateKey };
    }
    if (text.startsWith('{')) return { keys: { jwks: registeredKeySetIn(text) } };
    const problem = problemOfKeySetUrl(text, this.options);
    if (problem !== undefined) throw new Error(problem);
    return { keys: { jwksUri: text } };
  }

  #checkRedirect(uri: string): void {
    const url = URL.parse(uri);
    const isSafe = url?.protocol === 'https:' || (this.options.loopback && url?.protocol === 'http:');
    if (!url || !isSafe || url.hash !== '')
      throw new Error('A page is led back to by an https address without a fragment.');
  }
}

/** An ES384 pair; its kid tells whose it is. */
export async function makeKeyPair(id: string): Promise<{ publicKey: JWK; privateKey: JWK }> {
  const pair = await generateKeyPair('ES384', { extractable: true });
  const told = { kid: `${id}-1`, alg: 'ES384', use: 'sig' };
  return {
    publicKey: { ...(await exportJWK(pair.publicKey)), ...told },
    privateKey: { ...(await exportJWK(pair.privateKey)), ...told },
  };
}

function actorIn({ role, organisation, patient }: Registration) {
  const known = roles.find((name) => name === role);
  if (!known) throw new Error(`A role is one of ${roles.join(', ')}.`);
  if (organisation === undefined || !logicalId.test(organisation))
    throw new Error('The organisation is the logical id of the Organization that the client acts for.');
  if ((known === 'patient') !== (patient !== undefined && patient !== ''))
    throw new Error('The role patient, and no other, needs the id of the Patient whose link it is.');
  if (known !== 'patient' || patient === undefined) return { role: known satisfies Role, organisation };
  if (!logicalId.test(patient)) throw new Error('The patient is the logical id of a Patient.');
  return { role: known, organisation, patient };
}

function scopesIn(text: string | undefined, isPage: boolean): string[] {
  const usual = `${isPage ? 'user' : 'system'}/*.cruds ${scopeNamespace}process-message`;
  const { scopes, unknown } = parseScopes(text === undefined || text.trim() === '' ? usual : text);
  const [first] = unknown;
  if (first !== undefined)
    throw new Error(
      `${first.slice(0, 80)} is no scope that is known here; system/Task.rs is one (letters in the order cruds).`,
    );
  return printScopes(scopes).split(' ');
}

/** https://www.rfc-editor.org/rfc/rfc8705#section-3.1 */
function certificateIn(pem: string | undefined): { certificateThumbprint?: string } {
  if (pem === undefined || pem.trim() === '') return {};
  try {
    const { fingerprint256 } = new X509Certificate(pem);
    return { certificateThumbprint: Buffer.from(fingerprint256.replaceAll(':', ''), 'hex').toString('base64url') };
  } catch (cause) {
    throw new Error('The certificate is no PEM text of an X.509 certificate.', { cause });
  }
}
