import type { JWK } from 'jose';
import { z } from 'zod';

const text = z.string().min(1);
const common = { kid: text, use: z.literal('sig').optional(), alg: text.optional() };
const rsa = z.object({ kty: z.literal('RSA'), n: text, e: text, ...common });
const ec = z.object({ kty: z.literal('EC'), crv: z.literal('P-384'), x: text, y: text, ...common });
const known = z.discriminatedUnion('kty', [rsa, ec]);
const set = z.object({ keys: z.array(z.record(z.string(), z.unknown())).max(100) });

const isPrivate = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** The keys of a set that may sign assertions, without anything that does not belong to a public key; others are passed over. */
export function keySetIn(source: string): JWK[] {
  const parsed = set.safeParse(JSON.parse(source));
  if (!parsed.success) throw new Error('A key set is JSON: {"keys": [...]}, of at most 100 keys.');
  return parsed.data.keys.flatMap((key) => known.safeParse(key).data ?? []) as JWK[];
}

/** The keys of a set that is to be registered; throws one sentence where it cannot be. */
export function registeredKeySetIn(source: string): { keys: JWK[] } {
  const parsed = set.safeParse(jsonIn(source));
  if (!parsed.success || parsed.data.keys.length === 0)
    throw new Error('A key set is JSON: {"keys": [...]}, of 1 to 100 keys.');
  if (parsed.data.keys.some((key) => isPrivate.some((name) => name in key)))
    throw new Error('The key set holds a private or a secret key: register the public ones alone.');
  const keys = keySetIn(source);
  if (keys.length < parsed.data.keys.length)
    throw new Error('Each key needs a kid, and is RSA (n, e) or EC (crv P-384, x, y), for signatures.');
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length) throw new Error('Two keys of the set have the same kid.');
  if (keys.some((key) => key.kty === 'RSA' && rsaBits(key.n ?? '') < 2_048))
    throw new Error('An RSA key needs 2048 bits or more.');
  return { keys };
}

function rsaBits(modulus: string): number {
  return Buffer.from(modulus, 'base64url').length * 8;
}

function jsonIn(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    return undefined;
  }
}
