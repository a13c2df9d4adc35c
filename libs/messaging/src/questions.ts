import { type ClientProxy, ClientProxyFactory, Transport } from '@nestjs/microservices';
import { firstValueFrom, timeout } from 'rxjs';
import { connectionOptions } from './broker.js';

/** Nobody answered a question: no such service is up, it was too slow, or the broker is away. May succeed later. */
export class NoAnswer extends Error {
  constructor(service: string, question: string, options?: { cause?: unknown }) {
    super(`${service} did not answer the question ${question}.`, options);
    this.name = 'NoAnswer';
  }
}

/** The service answered with an error: the status and issues of what it threw, or 500 and none. */
export class QuestionRefused extends Error {
  constructor(
    question: string,
    readonly status: number,
    readonly issues: readonly unknown[],
  ) {
    super(`The question ${question} was refused with status ${String(status)}.`);
    this.name = 'QuestionRefused';
  }
}

export interface QuestionsOptions {
  /** nats:// addresses, separated by commas. */
  url: string;
  /** The broker's namespace, where it has one of its own. */
  namespace?: string;
  name?: string;
  timeoutMs?: number;
}

export interface AskOptions {
  /** For a question that takes long. */
  timeoutMs?: number;
}

/** Subject of a question, for `@MessagePattern`; the stream of facts does not hear it. */
export function questionPattern(service: string, question: string): string {
  return `ginnel-ask.${service}.${question}`;
}

/** A question's subject in an installation's namespace. */
export function questionSubject(pattern: string, namespace = 'ginnel'): string {
  return pattern.replace(/^ginnel-/, `${namespace}-`);
}

/** What both sides of questions connect with: the default would give up after ten attempts, for ever. */
export function questionConnection({ url, name = 'ginnel-questions' }: QuestionsOptions) {
  return { ...connectionOptions(url), name, timeout: 3_000, maxReconnectAttempts: -1, reconnectTimeWait: 250 };
}

/** Questions to other services by core NATS request and reply. Never for facts: an unanswered question is forgotten. */
export class Questions {
  readonly #client: ClientProxy;

  constructor(private readonly options: QuestionsOptions) {
    this.#client = ClientProxyFactory.create({ transport: Transport.NATS, options: questionConnection(options) });
  }

  /** The answer, unknown until parsed. Throws NoAnswer or QuestionRefused. */
  async ask(
    service: string,
    question: string,
    ...[payload, options = {}]: [payload: unknown, options?: AskOptions]
  ): Promise<unknown> {
    const { namespace, timeoutMs: usual = 2_000 } = this.options;
    const { timeoutMs = usual } = options;
    const subject = questionSubject(questionPattern(service, question), namespace);
    try {
      const answers = this.#client.send<unknown>(subject, payload).pipe(timeout({ first: timeoutMs }));
      return await firstValueFrom(answers, { defaultValue: undefined });
    } catch (cause) {
      throw refusalIn(cause, question) ?? new NoAnswer(service, question, { cause });
    }
  }

  async close(): Promise<void> {
    await this.#client.close();
  }
}

/** An answering service's error comes as a plain object; everything else that fails is an Error of this side. */
function refusalIn(cause: unknown, question: string): QuestionRefused | undefined {
  if (cause instanceof Error || typeof cause !== 'object' || cause === null || !('status' in cause)) return undefined;
  const { status, issues } = cause as { status: unknown; issues?: unknown };
  return new QuestionRefused(question, typeof status === 'number' ? status : 500, Array.isArray(issues) ? issues : []);
}
