import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, importJWK, type JWK, type JWTHeaderParameters, SignJWT } from 'jose';
import { serviceUrl } from '#service';
import { freshDatabase } from '#testing';
import { migrateIssuer } from '../apps/issuer/src/issuer.module.js';
import { type RunningIssuer, startIssuer, type StartIssuerOptions } from '../apps/issuer/src/start-issuer.js';

export const origin = 'https://ginnel.test';
export const audience = `${origin}/fhir`;
export const tokenUrl = `${origin}/auth/token`;
export const nhsTokenUrl = `${origin}/oauth2/token`;
export const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Issuers on a database of their own, as several processes are. */
export interface IssuerWorld {
  first: RunningIssuer;
  /** Another one beside it, which shares nothing with it but the database. */
  another: (options?: Partial<StartIssuerOptions>) => Promise<RunningIssuer>;
  stop: () => Promise<void>;
}

export async function startIssuerWorld(options: Partial<StartIssuerOptions> = {}): Promise<IssuerWorld> {
  const database = await freshDatabase();
  await migrateIssuer(database.url);
  const running: RunningIssuer[] = [];
  const another = async (more: Partial<StartIssuerOptions> = {}): Promise<RunningIssuer> => {
    const started = await startIssuer({
      origin,
      audience,
      host: '127.0.0.1',
      port: 0,
      databaseUrl: serviceUrl(database.url, 'issuer'),
      secret: 'the secret of a test issuer, long enough',
      sandbox: true,
      logLevel: 'silent',
      ...options,
      ...more,
    });
    running.push(started);
    return started;
  };
  return {
    first: await another(),
    another,
    stop: async () => {
      for (const { stop } of running) await stop();
      await database.drop();
    },
  };
}

export interface KeyPair {
  publicKey: JWK;
  privateKey: JWK;
}

export async function keyPair(alg: 'RS384' | 'ES384' | 'RS512', kid: string): Promise<KeyPair> {
  const pair = await generateKeyPair(alg, { extractable: true });
  const told = { kid, alg };
  return {
    publicKey: { ...(await exportJWK(pair.publicKey)), ...told },
    privateKey: { ...(await exportJWK(pair.privateKey)), ...told },
  };
}

/** The claims of an assertion as they should be, with what a test changes; `undefined` takes one away. */
export function claimsOf(client: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
  const usual: Record<string, unknown> = {
    iss: client,
    sub: client,
    aud: tokenUrl,
    exp: seconds() + 240,
    jti: randomUUID(),
  };
  return Object.fromEntries(Object.entries({ ...usual, ...changes }).filter(([, value]) => value !== undefined));
}

export function seconds(): number {
  return Math.floor(Date.now() / 1_000);
}

export async function signed(
  claims: Record<string, unknown>,
  key: JWK,
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> {
  const usual = { alg: key.alg ?? 'ES384', typ: 'JWT', ...(key.kid === undefined ? {} : { kid: key.kid }) };
  const all = Object.entries<unknown>({ ...usual, ...header }).filter(([, value]) => value !== undefined);
  const signer = new SignJWT(claims).setProtectedHeader(Object.fromEntries(all) as unknown as JWTHeaderParameters);
  return signer.sign(await importJWK(key, usual.alg), { crit: { 'https://ginnel.test/crit': true } });
}

export interface Told {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

/** Asks for a token with this assertion; parameters that a test changes to undefined are left away. */
export async function askToken(
  { url }: Pick<RunningIssuer, 'url'>,
  assertion: string,
  { path = '/auth/token', form = {} }: { path?: string; form?: Record<string, string | undefined> } = {},
): Promise<Told> {
  const usual = {
    grant_type: 'client_credentials',
    client_assertion_type: jwtBearer,
    client_assertion: assertion,
    scope: 'system/Task.rs',
  };
  const sent = Object.entries<string | undefined>({ ...usual, ...form }).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  return post(`${url}${path}`, new URLSearchParams(sent));
}

export async function post(
  url: string,
  body: URLSearchParams | string,
  headers: Record<string, string> = {},
): Promise<Told> {
  const answer = await fetch(url, { method: 'POST', body, headers, redirect: 'manual' });
  const text = await answer.text();
  const isJson = (answer.headers.get('content-type') ?? '').includes('json');
  return {
    status: answer.status,
    headers: answer.headers,
    body: isJson ? (JSON.parse(text) as Record<string, unknown>) : { text },
  };
}
