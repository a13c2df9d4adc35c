import { Webhook } from 'standardwebhooks';

/**
 * The body of a notification that Ginnel sent, once its signature has been checked by the scheme of Standard Webhooks; throws
 * where it was made by somebody else, changed on its way or is older than five minutes.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 *
 * @param secret `whsec_…`, as it was agreed for the Subscription
 * @param body exactly as it came, before any parsing
 * @param headers names in lower case
 */
export function verifiedNotification(secret: string, body: string, headers: Readonly<Record<string, string>>): unknown {
  return new Webhook(secret).verify(body, headers);
}
