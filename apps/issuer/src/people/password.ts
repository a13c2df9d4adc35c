import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html: N = 2^15, r = 8, p = 3, 32 MB. */
const cost = { N: 32_768, r: 8, p: 3, maxmem: 64 * 1_024 * 1_024 };
const keyBytes = 32;
const longest = 256;

/** `scrypt$N$r$p$salt$key` */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt);
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

/** Takes as long for a person who is not there, whose hash is undefined. */
export async function isPassword(password: string, hash: string | undefined): Promise<boolean> {
  const [, , , , salt = '', key = ''] = (hash ?? nobody).split('$');
  const derived = await derive(password.slice(0, longest), Buffer.from(salt, 'base64url'));
  const known = Buffer.from(key, 'base64url');
  return known.length === derived.length && timingSafeEqual(known, derived) && hash !== undefined;
}

/** One sentence where a password cannot be one; the length is what counts. */
export function problemOfPassword(password: string): string | undefined {
  const isLong = password.length >= 12 && password.length <= longest;
  return isLong ? undefined : 'A password has 12 to 256 characters.';
}

export function makePassword(): string {
  return randomBytes(15).toString('base64url');
}

const nobody = `scrypt$${String(cost.N)}$8$3$${Buffer.alloc(16).toString('base64url')}$${Buffer.alloc(keyBytes).toString('base64url')}`;

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, keyBytes, cost, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}
