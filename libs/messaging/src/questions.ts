import { type ClientProxy, ClientProxyFactory, RpcException, Transport } from '@nestjs/microservices';
import { firstValueFrom, timeout, TimeoutError } from 'rxjs';
import { connectionOptions } from './broker.js';

/** Nobody answered a question: no such service is up, it was too slow, or the broker is away. May succeed later. */
export class NoAnswer extends Error {
  constructor(pattern: string, options?: { cause?: unknown }) {
    super(`No answer to ${pattern}.`, options);
    this.name = 'NoAnswer';
  }
}

/** The service answered, and the answer is no. `status` and `issues` are those of the error it threw, where it has them. */
export class QuestionRefused extends Error {
  constructor(
    pattern: string,
    readonly status: number,
    readonly issues: readonly unknown[],
  ) {
    super(`${pattern} was refused.`);
    this.name = 'QuestionRefused';
  }
}

/** Subject of a question; the stream of facts does not hear it. For `@MessagePattern` on the answering side. */
export function questionPattern(service: string, question: string): string {
  return `ginnel-ask.${service}.${question}`;
}
