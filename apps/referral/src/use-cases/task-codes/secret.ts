import { hash, randomBytes } from 'node:crypto';

/** 256 random bits in letters that an address may hold. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** What is stored of it. */
export function digestOf(secret: string): string {
  return hash('sha256', secret, 'base64url');
}
