import { Controller, type Type } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { z } from 'zod';
import { ownerOf, type ServiceName } from '#fhir';
import type { AskStoredCodes, CodesQuestion } from '#fhir-server';
import { questionPattern, type Questions } from '#messaging';
import { Platform } from './platform.js';
import { answerOf } from './search-across.js';

const question = 'stored-codes';
const systemCode = z.object({ system: z.string(), code: z.string() });
const asked = z.object({
  asked: z
    .array(
      z.union([
        z.object({ valueSet: z.string() }),
        z.object({ below: systemCode }),
        z.object({ above: systemCode }),
      ]) satisfies z.ZodType<CodesQuestion>,
    )
    .max(1000),
  reader: z.array(z.string()),
});
/** Codes by their systems; null where they are not known. */
const answered = z.array(z.array(z.object({ system: z.string(), codes: z.array(z.string()) })).nullable());

/** Answers other services' question for codes of what is stored here, with the reader's audience and no other. */
export function codesQuestion(service: ServiceName): Type {
  @Controller()
  class CodesQuestionAnswers {
    constructor(private readonly platform: Platform) {}

    @MessagePattern(questionPattern(service, question))
    async answer(payload: unknown): Promise<z.infer<typeof answered>> {
      const { asked: questions, reader } = asked.parse(payload);
      const codes = await this.platform.fhirServer.storedCodes(questions, reader);
      return questions.map((_question, at) => bySystem(codes[at]));
    }
  }
  return CodesQuestionAnswers;
}

/** Asks the service that stores value sets; what it refuses is refused, and where it does not answer it may be tried again. */
export function codesAcross(questions: Questions): AskStoredCodes {
  const owner = ownerOf('ValueSet');
  return async (wanted, reader) => {
    if (owner === undefined) return [];
    const answer = await answerOf(owner, () => questions.ask(owner, question, { asked: wanted, reader }));
    return answered
      .parse(answer)
      .map((systems) => systems?.flatMap(({ system, codes }) => codes.map((code) => ({ system, code }))));
  };
}

function bySystem(codes: readonly { system: string; code: string }[] | undefined): z.infer<typeof answered>[number] {
  if (!codes) return null;
  const systems = new Map<string, string[]>();
  for (const { system, code } of codes) {
    const known = systems.get(system) ?? [];
    known.push(code);
    systems.set(system, known);
  }
  return [...systems].map(([system, some]) => ({ system, codes: some }));
}
