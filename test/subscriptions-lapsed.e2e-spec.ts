import { createHash, randomBytes } from 'node:crypto';
import type { Subscription } from 'fhir/r4';
import { TokenVerifier } from '#auth';
import { runIssuerCommand } from '../apps/issuer/src/issuer.module.js';
import { Browser } from './browser.js';
import { eventually } from './eventually.js';
import {
  askToken,
  audience,
  claimsOf,
  type IssuerWorld,
  type KeyPair,
  keyPair,
  origin,
  post,
  signed,
  startIssuerWorld,
} from './issuer-world.js';
import { namesIn, type Sent, subscriptionTo, SubscriptionsWorld } from './subscriptions-world.js';

const redirectUri = 'https://console.ginnel.test/callback';
const password = 'a long enough password';
const all = 'Subscription.cruds HealthcareService.rs';

let issuers: IssuerWorld;
let world: SubscriptionsWorld;
let key: KeyPair;

beforeAll(async () => {
  issuers = await startIssuerWorld({ limits: { tokens: 100_000 } });
  key = await keyPair('ES384', 'k');
  const { url } = issuers.first;
  const trusted = {
    issuer: `${origin}/auth`,
    audience,
    jwksUri: `${url}/auth/jwks`,
    revocationsUri: `${url}/auth/revocations`,
  };
  // By this clock each list of revocations is so old that the next one is asked for.
  const now = (): Date => new Date(Date.now() + 21_000);
  // Here one practice asks again and again until its tokens end.
  const egress = { webhookHosts: ['127.0.0.1:*'], limits: { requests: 1_000_000, attempts: 1_000_000 } };
  world = await SubscriptionsWorld.start(egress, (others) => new TokenVerifier({ issuers: [trusted], others, now }));
});

afterEach(() => world.silence());

afterAll(async () => {
  await world.stop();
  await issuers.stop();
});

function scopeOf(words: string, level: 'system' | 'user'): string {
  return words.replaceAll(/(^| )/g, `$1${level}/`);
}

async function register(id: string, words: string, { replace = false, by = key } = {}): Promise<void> {
  const jwks = JSON.stringify({ keys: [by.publicKey] });
  const who = { role: 'practice', organisation: 'moor-practice' };
  await issuers.first.issuer.register.execute({ id, ...who, scope: scopeOf(words, 'system'), jwks, replace });
}

const command = (...words: string[]) => runIssuerCommand(issuers.first.issuer, words);

async function tokenOf(client: string, words: string, by = key): Promise<string> {
  const form = { scope: scopeOf(words, 'system') };
  const { body } = await askToken(issuers.first, await signed(claimsOf(client), by.privateKey), { form });
  return String(body['access_token']);
}

/** Through the page that it is registered for. */
async function tokenOfPerson(name: string, words: string): Promise<string> {
  const { url } = issuers.first;
  const verifier = randomBytes(32).toString('base64url');
  const wanted = { client_id: 'console', redirect_uri: redirectUri, scope: scopeOf(words, 'user') };
  const challenge = { code_challenge: createHash('sha256').update(verifier).digest('base64url') };
  const asked = new URLSearchParams({
    ...wanted,
    ...challenge,
    response_type: 'code',
    code_challenge_method: 'S256',
    state: 'a state',
  });
  const browser = new Browser(url);
  const pathOf = ({ headers }: { headers: Headers }): string => (headers.get('location') ?? '').replace(origin, '');
  const page = pathOf(await browser.get(`/auth/authorize?${asked.toString()}`));
  const back = pathOf(await browser.get(pathOf(await browser.post(page, { name, password }))));
  const code = new URL(back).searchParams.get('code') ?? '';
  const form = { grant_type: 'authorization_code', client_id: 'console', redirect_uri: redirectUri, code };
  const { body } = await post(`${url}/auth/token`, new URLSearchParams({ ...form, code_verifier: verifier }));
  return String(body['access_token']);
}

function sendWith<R>(token: string, method: string, path: string, body?: object): Promise<Sent<R>> {
  const headers = { authorization: `Bearer ${token}` };
  return world.send<R>('practice', method, path, { headers, ...(body ? { body } : {}) });
}

async function subscribeWith(token: string, subscription: Subscription): Promise<Subscription> {
  const { status, body } = await sendWith<Subscription>(token, 'POST', '/Subscription', subscription);
  expect([status, body.status]).toEqual([201, 'active']);
  return body;
}

const goOn = (token: string, subscription: Subscription): Promise<Sent<Subscription>> =>
  sendWith(token, 'PUT', `/Subscription/${subscription.id ?? ''}`, { ...subscription, status: 'requested' });

/** The service has heard that this token was taken back. */
async function ends(token: string): Promise<void> {
  const answer = await eventually(
    () => sendWith(token, 'GET', '/HealthcareService?_summary=count'),
    ({ status }) => status === 401,
  );
  expect(answer.status).toBe(401);
}

/** The service has heard that its client may ask for tokens again. */
async function isTaken(token: string): Promise<void> {
  const answer = await eventually(
    () => sendWith(token, 'GET', '/Subscription?_summary=count'),
    ({ status }) => status !== 401,
  );
  expect(answer.status).toBe(200);
}

/** Since whatever was taken back: longer than any token lives. */
async function aDayPasses(): Promise<void> {
  const session = issuers.first.issuer.database.as(['*']);
  for (const table of ['revoked_client', 'revoked_person'])
    await session.query({ text: `UPDATE ${table} SET before = before - interval '1 day'` });
}

async function isPaused(subscription: Subscription): Promise<void> {
  await world.eventually(subscription, { status: 'error', pending: 1, cancelled: 0 });
  const { body } = await world.send<Subscription>('practice', 'GET', `/Subscription/${subscription.id ?? ''}`);
  expect(body.error).toMatch(/may do less since: it is paused/);
}

describe('a Subscription whose writer', () => {
  it('may do less now is paused, tells nothing, and goes on by the rights of whoever writes it again', async () => {
    const hook = await world.receiver();
    await register('gp', all);
    const token = await tokenOf('gp', all);
    const subscription = await subscribeWith(token, subscriptionTo(hook.url()));
    await register('gp', 'Subscription.cruds', { replace: true });
    await ends(token);
    const less = await tokenOf('gp', 'Subscription.cruds');
    expect((await sendWith(less, 'GET', '/HealthcareService')).status).toBe(403);
    await world.addActivity('Secret now');
    await isPaused(subscription);
    expect(hook.received).toEqual([]);
    expect((await goOn(less, subscription)).status).toBe(422);
    await register('gp', all, { replace: true });
    expect((await goOn(await tokenOf('gp', all), subscription)).status).toBe(200);
    await world.eventually(subscription, { status: 'active', delivered: 1, pending: 0 });
    expect(namesIn(hook.received)).toEqual(['Secret now']);
  });

  it('was removed is not told by the old rights when it is registered again', async () => {
    const hook = await world.receiver();
    await register('back', all);
    const token = await tokenOf('back', all);
    const subscription = await subscribeWith(token, subscriptionTo(hook.url()));
    await command('client', 'remove', 'back');
    await ends(token);
    await aDayPasses();
    await register('back', 'Subscription.cruds');
    await isTaken(await tokenOf('back', 'Subscription.cruds'));
    await world.addActivity('Not for them');
    await isPaused(subscription);
    expect(hook.received).toEqual([]);
  });

  it('is a person who was removed tells their address nothing more', async () => {
    const hook = await world.receiver();
    const { register: registered, people } = issuers.first.issuer;
    await registered.execute({ id: 'console', redirectUris: [redirectUri], scope: scopeOf(all, 'user') });
    await people.add({ name: 'Eve', role: 'practice', organisation: 'moor-practice', password });
    const token = await tokenOfPerson('Eve', all);
    const subscription = await subscribeWith(token, subscriptionTo(hook.url()));
    await world.addActivity('While there');
    await world.eventually(subscription, { delivered: 1 });
    await command('user', 'remove', 'eve');
    await aDayPasses();
    await ends(token);
    await world.addActivity('After they left');
    await isPaused(subscription);
    expect(namesIn(hook.received)).toEqual(['While there']);
  });

  it('has other keys, or may do more, is told as before', async () => {
    const hook = await world.receiver();
    // What it may write is nothing that it is told of.
    await register('rotating', `Task.c ${all}`);
    const token = await tokenOf('rotating', all);
    const subscription = await subscribeWith(token, subscriptionTo(hook.url()));
    const by = await keyPair('ES384', 'next');
    await register('rotating', `Task.rs ${all}`, { replace: true, by });
    await ends(token);
    await world.addActivity('As before');
    await world.eventually(subscription, { status: 'active', delivered: 1 });
    expect(namesIn(hook.received)).toEqual(['As before']);
  });
});
