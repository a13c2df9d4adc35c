import { error, type Issue } from '#fhir';
import { headerOf, type MessageContext } from '../message-context.js';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Without both ids a retry cannot be told from a second referral. */
export function requestIdsAreUuids(_received: unknown, { headers }: Pick<MessageContext, 'headers'>): Issue[] {
  return ['X-Request-Id', 'X-Correlation-Id'].flatMap((name) => {
    const value = headerOf(headers, name);
    if (value === undefined) return [error('required', `The header ${name} is missing; give a UUID.`, `http.${name}`)];
    return uuid.test(value) ? [] : [error('invalid', `The header ${name} is not a UUID.`, `http.${name}`)];
  });
}
