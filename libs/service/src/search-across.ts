import { Controller, type Type } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { z } from 'zod';
import { FhirError, type Issue, type ServiceName } from '#fhir';
import type { SearchAcross } from '#fhir-server';
import { FhirStore, type IncludedPage } from '#fhir-store';
import { questionPattern, QuestionRefused, type Questions } from '#messaging';
import {
  criterionIn,
  criterionMessage,
  includeIn,
  includeMessage,
  messageOf,
  messageOfInclude,
  parameterOf,
} from './criterion-message.js';
import { Platform } from './platform.js';
import { storedList } from './read-question.js';

const idsQuestion = 'search-ids';
const includeQuestion = 'search-include';

const askedIds = z.object({
  asked: z
    .array(
      z.object({
        type: z.string(),
        criterion: criterionMessage,
        pointing: z.object({ code: z.string(), to: z.string() }).optional(),
      }),
    )
    .max(500),
  reader: z.array(z.string()),
});
const answeredIds = z.array(z.array(z.string()));

const askedIncludes = z.object({
  includes: z.array(includeMessage).max(1000),
  references: z.array(z.string()).max(5000),
  reader: z.array(z.string()),
});
const answeredIncludes = z.object({
  included: storedList,
  elsewhere: z.array(z.object({ type: z.string(), id: z.string() })),
});

/** An answer is one message of the broker: what is more comes by name and is read for itself. */
const largestAnswer = 2 * 1024 * 1024;

/** Answers other services' part of a search, with the reader's audience and no other. */
export function searchAcrossQuestions(service: ServiceName): Type {
  @Controller()
  class SearchAcrossQuestions {
    constructor(
      private readonly platform: Platform,
      private readonly store: FhirStore,
    ) {}

    @MessagePattern(questionPattern(service, idsQuestion))
    async ids(payload: unknown): Promise<string[][]> {
      const { asked, reader } = askedIds.parse(payload);
      return this.platform.fhirServer.idsMeeting(
        asked.map(({ type, criterion, pointing }) => ({
          type,
          criterion: criterionIn(type, criterion),
          ...(pointing ? { pointing: { parameter: parameterOf(type, pointing.code), to: pointing.to } } : {}),
        })),
        reader,
      );
    }

    @MessagePattern(questionPattern(service, includeQuestion))
    async include(payload: unknown): Promise<IncludedPage> {
      const { includes, references, reader } = askedIncludes.parse(payload);
      return fitted(await this.store.include(includes.map(includeIn), references, reader));
    }
  }
  return SearchAcrossQuestions;
}

/** Asks the services of other processes; what they refuse is refused, and one that does not answer may be tried again. */
export function searchAcross(questions: Questions): SearchAcross {
  return {
    idsOf: async (owner, asked, reader) => {
      const told = asked.map(({ type, criterion, pointing }) => ({
        type,
        criterion: messageOf(criterion),
        ...(pointing ? { pointing: { code: pointing.parameter.code, to: pointing.to } } : {}),
      }));
      const answer = await answerOf(owner, () => questions.ask(owner, idsQuestion, { asked: told, reader }));
      return answeredIds.parse(answer);
    },
    include: async (owner, { includes, references }, reader) => {
      const told = { includes: includes.map(messageOfInclude), references, reader };
      return answeredIncludes.parse(await answerOf(owner, () => questions.ask(owner, includeQuestion, told)));
    },
  };
}

/** What an owner answers; what it refuses is refused here too. */
export async function answerOf(owner: ServiceName, ask: () => Promise<unknown>): Promise<unknown> {
  try {
    return await ask();
  } catch (cause) {
    if (cause instanceof QuestionRefused && cause.status >= 400 && cause.status < 500 && cause.issues.length > 0)
      throw new FhirError(cause.issues as Issue[], { status: cause.status, cause });
    throw FhirError.of('transient', `The ${owner} service does not answer just now; try again.`, { cause });
  }
}

function fitted({ included, elsewhere }: IncludedPage): IncludedPage {
  let size = 0;
  const fits = included.filter(({ content }) => (size += content.length) <= largestAnswer);
  const rest = included.slice(fits.length).map(({ type, id }) => ({ type, id }));
  return { included: fits, elsewhere: [...elsewhere, ...rest] };
}
