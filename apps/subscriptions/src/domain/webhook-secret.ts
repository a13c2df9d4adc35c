import { randomBytes } from 'node:crypto';
import type { Subscription } from 'fhir/r4';
import { Webhook } from 'standardwebhooks';
import { error, type Issue } from '#fhir';
import { valuesOf } from './backport.js';

/** A secret by which the notifications of a Subscription are signed; two while it is changed, the new one first. */
export const secretExtension = 'https://ginnel.org.uk/fhir/StructureDefinition/webhook-secret';
const place = 'Subscription.channel.extension';
const [fewest, most] = [24, 64];

export function secretsOf({ channel }: Pick<Subscription, 'channel'>): string[] {
  return valuesOf(channel, secretExtension).map(({ valueString }) => valueString ?? '');
}

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme */
export function secretIssues(subscription: Subscription): Issue[] {
  const secrets = secretsOf(subscription);
  if (secrets.length > 2)
    return [error('value', 'At most two secrets are taken: the new one, then the old one.', place)];
  return secrets.every(isSecret)
    ? []
    : [error('value', `A secret is whsec_ and ${String(fewest)} to ${String(most)} random bytes in base64.`, place)];
}

/** With the secrets that it brings; else those that it had; else one that is made now. */
export function withSecret(subscription: Subscription, previous?: Subscription): Subscription {
  if (secretsOf(subscription).length > 0) return subscription;
  const known = previous ? secretsOf(previous) : [];
  const secrets = known.length > 0 ? known : [`whsec_${randomBytes(32).toString('base64')}`];
  const extension = secrets.map((valueString) => ({ url: secretExtension, valueString }));
  const { channel } = subscription;
  return { ...subscription, channel: { ...channel, extension: [...(channel.extension ?? []), ...extension] } };
}

/** The headers of Standard Webhooks, with a signature for each secret; undefined where one is none that signs. */
export function signed(
  { id, body, secrets }: { id: string; body: string; secrets: readonly string[] },
  now: Date,
): Record<string, string> | undefined {
  const stamped = { 'webhook-id': id, 'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)) };
  if (secrets.length === 0) return stamped;
  const signers = secrets.map(signerBy);
  if (!signers.every((signer) => signer !== undefined)) return undefined;
  return { ...stamped, 'webhook-signature': signers.map((signer) => signer.sign(id, now, body)).join(' ') };
}

function signerBy(secret: string): Webhook | undefined {
  try {
    return new Webhook(secret);
  } catch {
    return undefined;
  }
}

function isSecret(secret: string): boolean {
  const [, encoded] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? [];
  if (encoded === undefined || encoded.length % 4 !== 0) return false;
  const { length } = Buffer.from(encoded, 'base64');
  return length >= fewest && length <= most;
}
