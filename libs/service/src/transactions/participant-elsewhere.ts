import { z } from 'zod';
import { FhirError, type Issue, type ServiceName } from '#fhir';
import {
  type Criteria,
  type OnBehalf,
  Participant,
  plannedPart,
  type PlannedPart,
  type ReservedPart,
} from '#fhir-server';
import type { Decision, Stored } from '#fhir-store';
import { QuestionRefused, type Questions } from '#messaging';
import { storedList } from '../read-question.js';
import { partAsText } from './part-on-its-way.js';
import { transactionQuestions } from './transaction-questions.js';

const matched = z.object({ id: z.string().optional() });
const told = z.object({ decision: z.enum(['committed', 'aborted']) });

/** An owner that is spoken with by questions, wherever it runs. */
export class ParticipantElsewhere extends Participant {
  constructor(
    private readonly questions: Questions,
    private readonly service: ServiceName,
    /** Planning asks other services and the database; writing may wait for a lock. */
    private readonly timeoutMs = 10_000,
  ) {
    super();
  }

  async match(criteria: Criteria, behalf: OnBehalf): Promise<string | undefined> {
    return matched.parse(await this.#ask('match', { criteria, ...behalf })).id;
  }

  async reserve(part: ReservedPart): Promise<PlannedPart> {
    return plannedPart.parse(await this.#ask('reserve', { part: partAsText(part) }));
  }

  async apply(transaction: string): Promise<Stored[]> {
    return storedList.parse(await this.#ask('apply', { transaction }));
  }

  async release(transaction: string): Promise<void> {
    await this.#ask('release', { transaction });
  }

  async decision(transaction: string): Promise<Decision> {
    return told.parse(await this.#ask('decision', { transaction })).decision;
  }

  async #ask(question: keyof typeof transactionQuestions, payload: unknown): Promise<unknown> {
    try {
      return await this.questions.ask(this.service, transactionQuestions[question], payload, {
        timeoutMs: this.timeoutMs,
      });
    } catch (cause) {
      throw refusalIn(cause) ?? this.#noAnswer(cause);
    }
  }

  #noAnswer(cause: unknown): FhirError {
    const diagnostics = `The ${this.service} service does not answer just now; nothing of this was written. Try again.`;
    return FhirError.of('transient', diagnostics, { cause });
  }
}

/** What the owner refuses is refused to the client in the same words. */
function refusalIn(cause: unknown): FhirError | undefined {
  if (!(cause instanceof QuestionRefused) || cause.status >= 500) return undefined;
  return new FhirError(cause.issues as Issue[], { status: cause.status, cause });
}
