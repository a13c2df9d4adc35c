import { Controller, type Type } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { z } from 'zod';
import { FhirError, parseJson, type ServiceName, stringifyJson } from '#fhir';
import type { FhirResponse, FhirServerOptions, InnerRequest } from '#fhir-server';
import { questionPattern, type Questions } from '#messaging';
import { actAsTold, callerAsTold } from './on-behalf.js';
import { Platform } from './platform.js';

const question = 'interact';
/** A write may wait for a lock; a batch's entries are answered one after another. */
const patienceMs = 20_000;
const headers = z.record(z.string(), z.string());
const inner = z.object({
  url: z.string(),
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
  headers,
  /** As JSON text: decimals keep their digits. */
  body: z.string().optional(),
  caller: callerAsTold,
  act: actAsTold,
  now: z.coerce.date(),
});
const asked = z.array(inner).max(100);
const answered = z.array(
  z.object({
    status: z.int(),
    headers: headers.optional(),
    contentType: z.string().optional(),
    content: z.string().optional(),
  }),
);

/** Answers requests that came inside another one to another process, each as if its caller had sent it here. */
export function interactQuestion(service: ServiceName): Type {
  @Controller()
  class InteractQuestion {
    constructor(private readonly platform: Platform) {}

    @MessagePattern(questionPattern(service, question))
    async answer(payload: unknown): Promise<z.infer<typeof answered>> {
      const answers: z.infer<typeof answered> = [];
      for (const { body, ...rest } of asked.parse(payload)) {
        const request = {
          ...defined(rest),
          ...(body === undefined ? {} : { body: parseJson(body, { maxDepth: 1_000 }) }),
        };
        answers.push(plain(await this.platform.fhirServer.answer(request as InnerRequest)));
      }
      return answers;
    }
  }
  return InteractQuestion;
}

/** Asks one service for the answers to all of these. One that does not answer fails the whole: what was done is not known. */
export function askOwner(questions: Questions): NonNullable<FhirServerOptions['askOwner']> {
  return async (owner, requests) => {
    const payload = requests.map(({ body, method = 'GET', ...rest }) => ({
      ...rest,
      method,
      ...(body === undefined ? {} : { body: stringifyJson(body) }),
    }));
    try {
      const given = answered.parse(await questions.ask(owner, question, payload, { timeoutMs: patienceMs }));
      return given.map((answer) => defined(answer) as FhirResponse);
    } catch (cause) {
      throw FhirError.of('transient', `The ${owner} service does not answer just now; try again.`, { cause });
    }
  };
}

function plain({ resource, content, ...rest }: FhirResponse): z.infer<typeof answered>[number] {
  const text = content ?? (resource && stringifyJson(resource));
  return { ...rest, ...(text === undefined ? {} : { content: text }) };
}

/** What is absent is left out. */
function defined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined));
}
