import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Bundle, BundleEntry, BundleLink, FhirResource } from 'fhir/r4';
import { Client } from 'fhir-kit-client';
import { TokenRefused, type TokenSource } from './backend-token.js';
import { MessageRefused } from './message-refused.js';
import { barsHeaders } from './messages/bars-headers.js';
import { type Answered, asksForNewToken, judgeAnswer, mayPass, outcomeIn, waitBefore } from './messages/law.js';
import { type MessageIds, messageIds } from './messages/message-ids.js';
import { type TaskOperation, type TaskOperations, turnParameters } from './tasks/task-operations.js';

export interface GinnelClientOptions {
  /** `https://…/fhir` */
  baseUrl: string;
  /** An access token, or what gives one: see `backendToken`. */
  token: string | TokenSource;
  /** Tries of one request before it is given up for now. */
  triesAtMost?: number;
  /** Milliseconds that an answer may take. */
  timeoutMs?: number;
  /** How it waits between tries; a clock of your own, for tests. */
  wait?: (ms: number) => Promise<unknown>;
  /** Sent with each request beside what it needs. */
  headers?: Readonly<Record<string, string>>;
}

/** What the other side has by now. */
export interface Receipt {
  ids: MessageIds;
  /** The message as it stands there, with the ids of its resources; absent where it was received before. */
  answer?: Bundle;
  /** Of a message that was received before, where the other side says what it made: `ServiceRequest/1`. */
  made?: string;
  tries: number;
}

/** A turn of a provider's Task. */
export interface AskedTurn<O extends TaskOperation> {
  operation: O;
  given: TaskOperations[O];
  /** Of the request: the same turn again under the same key is taken once. */
  key?: string;
  /** The version that it is made from; refused where there is another by now. */
  version?: string;
}

type SearchParameters = Readonly<Record<string, string | readonly string[]>>;

interface Request {
  method: 'GET' | 'POST';
  /** Below `[base]`. */
  path: string;
  body?: string;
  headers: Readonly<Record<string, string>>;
}

/** An answer; or none, and why. */
interface Tried extends Answered {
  cause?: unknown;
}

const json = 'application/fhir+json';

/** A system that sends referrals to Ginnel, or receives them from it. */
export class GinnelClient {
  readonly #fhir: Client;
  readonly #options: Required<GinnelClientOptions>;

  constructor(options: GinnelClientOptions) {
    const baseUrl = new URL(options.baseUrl).href.replace(/\/+$/, '');
    this.#options = { triesAtMost: 8, timeoutMs: 10_000, wait: pause, headers: {}, ...options, baseUrl };
    this.#fhir = new Client({ baseUrl });
  }

  /** FHIR's interactions as fhir-kit-client has them, with a token that is valid now. They are tried once. */
  async fhir(): Promise<Client> {
    this.#fhir.bearerToken = await this.#token();
    return this.#fhir;
  }

  /**
   * Sends a message until the other side has it: the same bytes under the same ids, as the standard's law of retries has it.
   * After a failure, or in another process, call it again with the message and ids that you kept: it is never taken twice.
   *
   * @param message text is sent as it is: keep that, for what is written from JSON anew may have other bytes
   */
  async sendMessage(message: Bundle | string, ids: MessageIds = messageIds()): Promise<Receipt> {
    const [body, bundle] =
      typeof message === 'string' ? [message, JSON.parse(message) as Bundle] : [JSON.stringify(message), message];
    const headers = { ...barsHeaders(bundle, ids), 'content-type': json };
    const request: Request = { method: 'POST', path: '$process-message', body, headers };
    const { answered, tries } = await this.#untilTaken(request, (each) => {
      const judgement = judgeAnswer(each, ids);
      return judgement === 'received-before' ? 'received' : judgement;
    });
    if (answered.status !== 409) return { ids, answer: answered.body as Bundle, tries };
    const made = madeAt(answered.headers.get('location') ?? '');
    return { ids, ...(made === undefined ? {} : { made }), tries };
  }

  /**
   * A new resource, made once however often the request has to be sent: pass the key again where you do not know. Undefined where
   * it was made before and you may not see it any more.
   */
  createOnce<R extends FhirResource>(resource: R, key: string = randomUUID()): Promise<R | undefined> {
    return this.operation<R>(resource.resourceType, resource, { 'idempotency-key': key });
  }

  /** One turn of a provider's Task; answers what the operation answers: the Task, or what was made; or as `operation` does. */
  turn<O extends TaskOperation>(taskId: string, asked: AskedTurn<O>): Promise<FhirResource | undefined> {
    const { operation, given, key = randomUUID(), version } = asked;
    const headers = {
      'idempotency-key': key,
      ...(version === undefined ? {} : { 'if-match': `W/"${version}"` }),
    };
    return this.operation(`Task/${taskId}/$${operation}`, turnParameters(given), headers);
  }

  /**
   * A POST below `[base]` that may be sent again: under an Idempotency-Key of its own unless the headers bear one. Undefined where
   * the answer has no content: so it is, of some operations such as `$split`, when an earlier try did it and its answer was lost.
   * It is done then; read what you need of it.
   */
  async operation<R extends FhirResource = FhirResource>(
    path: string,
    resource: FhirResource,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<R | undefined> {
    const all = { 'content-type': json, accept: json, 'idempotency-key': randomUUID(), ...headers };
    return this.#resource({ method: 'POST', path, body: JSON.stringify(resource), headers: all });
  }

  /** A GET below `[base]`, such as `Task/1` or `Composition/1/$document`. */
  read<R extends FhirResource = FhirResource>(path: string): Promise<R> {
    return this.#resource({ method: 'GET', path, headers: { accept: json } });
  }

  /** The resources of a search, page after page, with what it includes. */
  async *search<R extends FhirResource = FhirResource>(
    type: R['resourceType'],
    parameters: SearchParameters = {},
  ): AsyncGenerator<R> {
    for await (const { resource } of this.searchEntries(type, parameters)) yield resource as R;
  }

  /** As `search`, each with its `search.mode`: `match` or `include`. */
  async *searchEntries(
    type: FhirResource['resourceType'],
    parameters: SearchParameters = {},
  ): AsyncGenerator<BundleEntry> {
    const pairs = Object.entries(parameters).flatMap(([name, values]) =>
      [values].flat().map((value): [string, string] => [name, value]),
    );
    let path: string | undefined = `${type}?${new URLSearchParams(pairs).toString()}`;
    while (path !== undefined) {
      const { entry = [], link = [] }: Bundle = await this.read<Bundle>(path);
      for (const each of entry) if (each.resource && each.search?.mode !== 'outcome') yield each;
      path = this.#pageAfter(link, type);
    }
  }

  /** Asked where all else is asked: a token goes to no other place, whatever a link says. */
  #pageAfter(links: readonly BundleLink[], type: string): string | undefined {
    const next = links.find(({ relation }) => relation === 'next');
    return next && `${type}${new URL(next.url, this.#options.baseUrl).search}`;
  }

  async #resource<R extends FhirResource>(request: Request): Promise<R> {
    const { answered } = await this.#untilTaken(request, (each) => {
      if (each.status >= 200 && each.status < 300) return 'received';
      return mayPass(each) ? 'again' : 'refused';
    });
    return answered.body as R;
  }

  /** Each try has a token that is good then. One that is refused is replaced at once; what replaced it is not, and was no cure. */
  async #untilTaken(
    request: Request,
    judge: (answered: Answered) => 'received' | 'again' | 'refused',
  ): Promise<{ answered: Tried; tries: number }> {
    const { triesAtMost, wait } = this.#options;
    let refused: string | undefined;
    let instead: string | TokenRefused | undefined;
    for (let tries = 1; ; tries++) {
      const token = await this.#tokenNow(refused);
      const answered = typeof token === 'string' ? await this.#answerTo(request, token) : noAnswerFor(token);
      const judgement = judge(answered);
      if (judgement === 'received') return { answered, tries };
      const isOfToken = this.#mayBeRenewed(answered) && token !== instead;
      const mayComeLater = judgement === 'again' || isOfToken;
      if (!mayComeLater || tries >= triesAtMost) {
        const { status, body, cause } = answered;
        throw new MessageRefused({ status, outcome: outcomeIn(body), tries, mayComeLater, cause });
      }
      if (isOfToken) instead = await this.#tokenNow((refused = token as string));
      else await wait(waitBefore(tries, answered, Math.random()));
    }
  }

  /** It was refused for its token, and there may be another one. */
  #mayBeRenewed(answered: Answered): boolean {
    return typeof this.#options.token !== 'string' && asksForNewToken(answered);
  }

  async #answerTo({ method, path, body, headers }: Request, token: string): Promise<Tried> {
    const { baseUrl, timeoutMs, headers: own } = this.#options;
    try {
      const response = await fetch(`${baseUrl}/${path}`, {
        method,
        ...(body === undefined ? {} : { body }),
        headers: { ...headers, ...own, authorization: `Bearer ${token}` },
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      return { status: response.status, headers: response.headers, body: parsed(await response.text()) };
    } catch (error) {
      if (ofTheNetwork.includes((error as Error).name)) return noAnswerFor(error);
      throw error;
    }
  }

  /** The refusal where none is to be had just now. */
  async #tokenNow(refused: string | undefined): Promise<string | TokenRefused> {
    try {
      return await this.#token(refused);
    } catch (error) {
      if (error instanceof TokenRefused && mayPass({ ...noAnswerFor(error), status: error.status })) return error;
      throw error;
    }
  }

  #token(refused?: string): Promise<string> {
    const { token } = this.#options;
    return typeof token === 'string' ? Promise.resolve(token) : token(refused);
  }
}

/** What fetch throws when no whole answer came. */
const ofTheNetwork = ['TypeError', 'TimeoutError'];

/** What waiting there is, the token endpoint asked for. */
function noAnswerFor(cause: unknown): Tried {
  const headers = cause instanceof TokenRefused ? cause.headers : new Headers();
  return { status: 0, headers, body: undefined, cause };
}

/** `https://…/ServiceRequest/1/_history/1` */
function madeAt(location: string): string | undefined {
  return /([A-Za-z]+\/[A-Za-z0-9.-]{1,64})(?:\/_history\/[^/]+)?$/.exec(location)?.[1];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
