import type { LoggerService } from '@nestjs/common';
import { failureOf } from './failure.js';
import type { Logger } from './logger.js';

/** Nest's own lines (start, routes, shutdown) over the same log. */
export class NestLogger implements LoggerService {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  log(message: unknown, ...context: unknown[]): void {
    this.#logger.info(...line(message, context));
  }

  error(message: unknown, ...context: unknown[]): void {
    this.#logger.error(...line(message, context));
  }

  warn(message: unknown, ...context: unknown[]): void {
    this.#logger.warn(...line(message, context));
  }

  debug(message: unknown, ...context: unknown[]): void {
    this.#logger.debug(...line(message, context));
  }

  verbose(message: unknown, ...context: unknown[]): void {
    this.debug(message, ...context);
  }
}

/** Nest gives its context (a class name) last, and a stack before it, which would quote the error's message. */
function line(message: unknown, context: unknown[]): [object, string?] {
  const last = context.at(-1);
  const fields = typeof last === 'string' && /^\w+$/.test(last) ? { context: last } : {};
  return typeof message === 'string' ? [fields, message] : [{ ...fields, failure: failureOf(message) }];
}
