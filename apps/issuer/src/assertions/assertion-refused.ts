/** What may be wrong with a client's assertion. */
export type AssertionFault = keyof typeof faults;

/**
 * What each fault is called, and how the NHS's token endpoint answers it; SMART's answers all of them invalid_client.
 * https://digital.nhs.uk/developer/guides-and-documentation/security-and-authorisation/application-restricted-restful-apis-signed-jwt-authentication
 */
const faults = {
  malformed: { nhs: 400, error: 'invalid_request', words: 'client_assertion is not a signed JWT.' },
  type: { nhs: 400, error: 'invalid_request', words: 'The header typ of the client_assertion must be JWT.' },
  algorithm: {
    nhs: 400,
    error: 'invalid_request',
    words: 'The header alg of the client_assertion must be RS384, ES384 or RS512.',
  },
  header: {
    nhs: 400,
    error: 'invalid_request',
    words: 'The header of the client_assertion has jwk, x5c, x5u, x5t or crit: keys are those of registration alone.',
  },
  'no-kid': { nhs: 400, error: 'invalid_request', words: 'The header kid of the client_assertion is missing.' },
  'no-issuer': { nhs: 400, error: 'invalid_request', words: 'iss and sub must both be the client id.' },
  client: { nhs: 401, error: 'invalid_client', words: 'This client is not known here, or it is suspended.' },
  audience: { nhs: 401, error: 'invalid_client', words: 'aud must be the address that the request is sent to.' },
  'no-expiry': { nhs: 400, error: 'invalid_request', words: 'exp is missing, or no whole number of seconds.' },
  expired: {
    nhs: 400,
    error: 'invalid_request',
    words: 'The client_assertion has ended (exp), or has not begun (nbf).',
  },
  'too-long': { nhs: 400, error: 'invalid_request', words: 'exp must be at most five minutes ahead.' },
  'no-id': {
    nhs: 400,
    error: 'invalid_request',
    words: 'jti is missing, empty, longer than 256 characters or no string.',
  },
  replayed: { nhs: 400, error: 'invalid_request', words: 'This jti was used before: make a new client_assertion.' },
  'key-set-elsewhere': {
    nhs: 401,
    error: 'invalid_client',
    words: 'jku must be the address of the key set that was registered.',
  },
  'no-keys': { nhs: 403, error: 'public_key error', words: 'No public key is registered for this client.' },
  'keys-unreachable': { nhs: 403, error: 'public_key error', words: 'The registered key set cannot be fetched.' },
  'unknown-key': {
    nhs: 401,
    error: 'invalid_client',
    words: 'kid must name exactly one registered key, of the kind that alg needs.',
  },
  signature: { nhs: 401, error: 'public_key error', words: 'The signature is not that of the registered key.' },
} as const;

/** An assertion that proves nothing. */
export class AssertionRefused extends Error {
  readonly nhsStatus: number;
  readonly nhsError: string;

  constructor(
    readonly fault: AssertionFault,
    options?: ErrorOptions,
  ) {
    super(faults[fault].words, options);
    this.name = 'AssertionRefused';
    this.nhsStatus = faults[fault].nhs;
    this.nhsError = faults[fault].error;
  }
}
