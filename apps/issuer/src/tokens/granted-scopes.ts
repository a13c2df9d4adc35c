import { isWithin, parseScopes, printScopes, type Scope } from '#auth';
import { TokenRefused } from './token-refused.js';

/**
 * The scopes that a client gets for those that it asks for, as version 2 writes them: all of them, or it is refused. Without
 * any it is refused too, unless `orAll`: the NHS's requests name none and mean all that is registered.
 */
export function grantedScopes(
  registered: readonly string[],
  asked: string | undefined,
  { orAll }: { orAll: boolean },
): string {
  const own = parseScopes(registered.join(' ')).scopes;
  if (asked === undefined || asked.trim() === '') {
    if (orAll) return printScopes(own);
    throw refusal('scope is missing: name what the token is for, such as system/Task.rs.');
  }
  const { scopes, unknown } = parseScopes(asked);
  if (unknown.length > 0) throw refusal('One of the scopes is none that is known here; system/Task.rs is one.');
  if (scopes.some(({ kind }) => kind === 'identity'))
    throw refusal('Scopes of sign-in are for people, not for systems.');
  if (!scopes.every((scope) => isWithin(own, scope)))
    throw refusal('A scope goes beyond what is registered for this client.');
  return printScopes(scopes);
}

/** Of the words that a page asks for, those that lie within what is registered for it. */
export function scopesWithin(registered: readonly string[], asked: string | undefined): string[] {
  const own: readonly Scope[] = parseScopes(registered.join(' ')).scopes;
  const words = (asked ?? '').split(' ').filter((word) => word !== '');
  return words.filter((word) => {
    const { scopes, unknown } = parseScopes(word);
    return unknown.length === 0 && scopes.every((scope) => scope.kind !== 'identity' && isWithin(own, scope));
  });
}

function refusal(description: string): TokenRefused {
  return new TokenRefused('invalid_scope', description);
}
