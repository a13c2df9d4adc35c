/** A token request that cannot be met, in the words of OAuth 2.0. https://www.rfc-editor.org/rfc/rfc6749#section-5.2 */
export class TokenRefused extends Error {
  constructor(
    readonly error: 'invalid_request' | 'invalid_client' | 'invalid_scope' | 'unsupported_grant_type',
    readonly description: string,
    readonly status: 400 | 401 = 400,
  ) {
    super(description);
    this.name = 'TokenRefused';
  }
}
