// SMART Backend Services. https://hl7.org/fhir/smart-app-launch/backend-services.html
import { randomUUID } from 'node:crypto';
import { type JWK, importJWK, SignJWT } from 'jose';

export interface BackendClient {
  /** The token endpoint; `aud` of the assertion. */
  tokenUrl: string;
  clientId: string;
  /** Private, with `kid` and `alg` (RS384, ES384 or RS512). */
  key: JWK;
  /** Such as `system/Task.crus system/Patient.r`. */
  scope: string;
}

const assertionSeconds = 240;
const patienceMs = 10_000;
/** A token is asked for anew when it has so long to live. */
const spareSeconds = 30;

/** Gives an access token; with `refused`, another one than that. Asked before each request: keep what is good. */
export type TokenSource = (refused?: string) => Promise<string>;

/** No token was given. */
export class TokenRefused extends Error {
  /** Of the answer; 0 where there was none. */
  readonly status: number;
  /** Of the answer, such as `Retry-After`. */
  readonly headers: Headers;

  constructor(why: string, { status, headers, cause }: { status: number; headers?: Headers; cause?: unknown }) {
    super(`The token was refused: ${why}`, { cause });
    this.name = 'TokenRefused';
    this.status = status;
    this.headers = headers ?? new Headers();
  }
}

/** Gives an access token, and a new one shortly before the last one ends. Calls at once share one request. */
export function backendToken(client: BackendClient, now: () => Date = () => new Date()): TokenSource {
  let kept: { token: string; until: number } | undefined;
  let asked: Promise<string> | undefined;
  return async (refused) => {
    if (kept && kept.token !== refused && now().getTime() < kept.until) return kept.token;
    asked ??= askToken(client, now)
      .then((answer) => {
        kept = { token: answer.token, until: now().getTime() + (answer.seconds - spareSeconds) * 1000 };
        return answer.token;
      })
      .finally(() => {
        asked = undefined;
      });
    return asked;
  };
}

async function askToken(client: BackendClient, now: () => Date): Promise<{ token: string; seconds: number }> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    scope: client.scope,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await assertion(client, now()),
  });
  const response = await answerOf(client.tokenUrl, body);
  const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  const { status, headers } = response;
  const { access_token: token, expires_in: seconds = 300, error_description: why = status } = answer;
  if (typeof token !== 'string') throw new TokenRefused(String(why), { status, headers });
  return { token, seconds: Number(seconds) };
}

async function answerOf(tokenUrl: string, body: URLSearchParams): Promise<Response> {
  try {
    return await fetch(tokenUrl, {
      method: 'POST',
      headers: { accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(patienceMs),
      body,
    });
  } catch (cause) {
    throw new TokenRefused('there was no answer', { status: 0, cause });
  }
}

async function assertion({ tokenUrl, clientId, key }: BackendClient, now: Date): Promise<string> {
  const { alg, kid } = key;
  if (alg === undefined || kid === undefined) throw new Error('The key of a backend client needs alg and kid.');
  const seconds = Math.floor(now.getTime() / 1000);
  return new SignJWT()
    .setProtectedHeader({ alg, kid, typ: 'JWT' })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(tokenUrl)
    .setJti(randomUUID())
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + assertionSeconds)
    .sign(await importJWK(key, alg));
}
