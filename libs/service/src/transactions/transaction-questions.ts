import { Controller, type Type } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { z } from 'zod';
import type { ServiceName } from '#fhir';
import type { OnBehalf, Participant, PlannedPart } from '#fhir-server';
import type { Decision, Stored } from '#fhir-store';
import { questionPattern } from '#messaging';
import { actAsTold, callerAsTold } from '../on-behalf.js';
import { Platform } from '../platform.js';
import { partIn } from './part-on-its-way.js';

export const transactionQuestions = {
  match: 'transaction-match',
  reserve: 'transaction-reserve',
  apply: 'transaction-apply',
  release: 'transaction-release',
  decision: 'transaction-decision',
} as const;

const match = z.object({
  criteria: z.object({ type: z.string(), criteria: z.string(), makes: z.boolean().optional() }),
  caller: callerAsTold,
  act: actAsTold,
  now: z.coerce.date(),
});
const reserve = z.object({ part: z.string() });
const named = z.object({ transaction: z.string().min(1).max(64) });

/** Answers what the coordinator of a transaction asks of an owner, and what an owner asks of the coordinator. */
export function transactionQuestionsOf(service: ServiceName): Type {
  @Controller()
  class TransactionQuestions {
    constructor(private readonly platform: Platform) {}

    @MessagePattern(questionPattern(service, transactionQuestions.match))
    async match(payload: unknown): Promise<{ id?: string }> {
      const { criteria, ...behalf } = match.parse(payload);
      const id = await this.#participant.match(criteria, behalf as OnBehalf);
      return id === undefined ? {} : { id };
    }

    @MessagePattern(questionPattern(service, transactionQuestions.reserve))
    reserve(payload: unknown): Promise<PlannedPart> {
      return this.#participant.reserve(partIn(reserve.parse(payload).part));
    }

    @MessagePattern(questionPattern(service, transactionQuestions.apply))
    apply(payload: unknown): Promise<Stored[]> {
      return this.#participant.apply(named.parse(payload).transaction);
    }

    @MessagePattern(questionPattern(service, transactionQuestions.release))
    async release(payload: unknown): Promise<{ released: true }> {
      await this.#participant.release(named.parse(payload).transaction);
      return { released: true };
    }

    @MessagePattern(questionPattern(service, transactionQuestions.decision))
    async decision(payload: unknown): Promise<{ decision: Decision }> {
      return { decision: await this.#participant.decision(named.parse(payload).transaction) };
    }

    get #participant(): Participant {
      return this.platform.fhirServer.participant(service);
    }
  }
  return TransactionQuestions;
}
