import { hash, timingSafeEqual } from 'node:crypto';
import { Authenticator, bearerTokenIn, unauthorized } from './authenticator.js';
import type { Caller, Role } from './caller.js';
import { isMark, readerMarks } from './reader-marks.js';

/** A client that is known by a token of its own. */
export interface TokenClient {
  client: string;
  role: Role;
  /** Logical id of the Organization that it acts for. */
  organisation: string;
  token: string;
  /** As those of an issuer's token; without them the role alone decides. */
  scopes?: readonly string[];
  /** What a patient's link is known by. */
  patient?: string;
}

/** Bare bearer tokens of ready-made clients. Only their digests are kept. */
export class BearerTokens extends Authenticator {
  readonly #callers: readonly { digest: Buffer; caller: Caller }[];

  constructor(clients: readonly TokenClient[]) {
    super();
    this.#callers = clients.map(({ token, patient, ...known }) => {
      const { client, organisation } = known;
      if (!/^[\w\-.~+/]+=*$/.test(token))
        throw new Error(`The token of client ${client} is empty or not a bearer token.`);
      if (!isMark(organisation)) {
        throw new Error(`The organisation of client ${client} is not the logical id of an Organization.`);
      }
      const audience = readerMarks({ ...known, ...(patient === undefined ? {} : { patient }) });
      return { digest: digestOf(token), caller: { ...known, audience } };
    });
    const digests = new Set(this.#callers.map(({ digest }) => digest.toString('hex')));
    if (digests.size < clients.length) throw new Error('Two clients have the same token.');
  }

  override authenticate(headers: Readonly<Record<string, string>>): Promise<Caller> {
    // A promise also when it refuses: callers may rely on a rejection.
    return new Promise((resolve) => {
      const token = bearerTokenIn(headers);
      if (token === undefined) throw unauthorized('This needs a token: Authorization: Bearer, a space, the token.');
      resolve(this.#callerOf(token));
    });
  }

  #callerOf(token: string): Caller {
    const digest = digestOf(token);
    // Every client is compared, so that time does not tell which one came near.
    let found: { caller: Caller } | undefined;
    for (const known of this.#callers) if (timingSafeEqual(known.digest, digest)) found = known;
    if (found === undefined) throw unauthorized('This token is not known here.');
    return found.caller;
  }
}

function digestOf(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
