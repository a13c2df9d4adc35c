import { Controller, type Type } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { z } from 'zod';
import { FhirError, type ServiceName } from '#fhir';
import type { FhirServerOptions } from '#fhir-server';
import { FhirStore, type HistoryPage, type HistoryPlace, type Stored } from '#fhir-store';
import { questionPattern, type Questions } from '#messaging';
import { storedList } from './read-question.js';

const question = 'history';
const time = z.coerce.date();
const asked = z.object({
  reader: z.array(z.string()),
  types: z.array(z.string()),
  count: z.int().positive(),
  since: time.optional(),
  at: z.object({ low: time, high: time }).optional(),
  before: z.object({ lastUpdated: time, id: z.string(), type: z.string(), version: z.int() }).optional(),
});
const told = z.object({ versions: storedList, more: z.boolean() });

/** An answer is one message of the broker: fewer versions where they are large. */
const atOnce = 100;
const largestAnswer = 2 * 1024 * 1024;

/** Answers another process' question for a page of the history of some of this service's types, with the reader's audience and no other. */
export function historyQuestion(service: ServiceName): Type {
  @Controller()
  class HistoryQuestion {
    constructor(private readonly store: FhirStore) {}

    @MessagePattern(questionPattern(service, question))
    async answer(payload: unknown): Promise<{ versions: Stored[]; more: boolean }> {
      const { reader, types, since, at, before, count } = asked.parse(payload);
      const wanted = Math.min(count, atOnce);
      const page: HistoryPage & { before?: HistoryPlace } = {
        count: wanted,
        ...(since ? { since } : {}),
        ...(at ? { at } : {}),
        ...(before ? { before } : {}),
      };
      const found = await this.store.historyOf({ types }, reader, page);
      const versions = fitting(found);
      return { versions, more: found.length === wanted || versions.length < found.length };
    }
  }
  return HistoryQuestion;
}

/** Asks the service of another process. One that does not answer fails the whole: a history has no silent gaps. */
export function historyAcross(questions: Questions): NonNullable<FhirServerOptions['historyAcross']> {
  return async (owner, reader, page) => {
    try {
      return told.parse(await questions.ask(owner, question, { reader, ...page }));
    } catch (cause) {
      throw FhirError.of('transient', `The ${owner} service does not answer just now; try again.`, { cause });
    }
  };
}

/** At least one, however large. */
function fitting(versions: readonly Stored[]): Stored[] {
  let size = 0;
  const fits = versions.findIndex(({ content }, at) => (size += content.length) > largestAnswer && at > 0);
  return fits < 0 ? [...versions] : versions.slice(0, fits);
}
