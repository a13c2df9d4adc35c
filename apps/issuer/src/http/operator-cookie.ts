import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** Who signed in at the page for registration: in a cookie that only we can write. */
export interface OperatorCookie {
  person: string;
  /** Milliseconds since 1970. */
  ends: number;
}

export const operatorCookieName = 'ginnel_register';
const livesMs = 30 * 60_000;
const content = z.object({ person: z.string(), ends: z.number() });

export function writeCookie(person: string, { key, now }: { key: Buffer; now: number }): string {
  const text = Buffer.from(JSON.stringify({ person, ends: now + livesMs } satisfies OperatorCookie)).toString(
    'base64url',
  );
  return `${text}.${mac('cookie', text, key)}`;
}

/** The person whose cookie it is; undefined where it has ended or is not ours. */
export function readCookie(value: string, { key, now }: { key: Buffer; now: number }): string | undefined {
  const [text = '', sent = ''] = value.split('.');
  if (!isSame(sent, mac('cookie', text, key))) return undefined;
  const { person, ends } = content.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  return ends > now ? person : undefined;
}

/** Goes into the form, so that only a page that was shown to this operator can send it. */
export function formToken(cookie: string, key: Buffer): string {
  return mac('form', cookie, key);
}

export function isFormToken(token: string, cookie: string, key: Buffer): boolean {
  return isSame(token, formToken(cookie, key));
}

function mac(use: string, text: string, key: Buffer): string {
  return createHmac('sha256', key).update(`${use} ${text}`).digest('base64url');
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
