import { Controller, type Type } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { z } from 'zod';
import type { ServiceName } from '#fhir';
import {
  answerAudit,
  answerProvenance,
  type AuditAnswer,
  type ProvenanceAnswer,
  type RecordsAcross,
} from '#fhir-server';
import { FhirStore } from '#fhir-store';
import { questionPattern, type Questions } from '#messaging';
import { storedList } from '../read-question.js';
import { answerOf } from '../search-across.js';

const auditQuestion = 'audit';
const provenanceQuestion = 'provenance';
/** The newest entries are found by their time; those of one person, of many, are counted. */
const patienceMs = 20_000;

const texts = z.array(z.string()).optional();
const prefix = z.enum(['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap']);
const time = z.coerce.date();

const askedAudit = z.object({
  query: z.object({
    organisation: z.string().optional(),
    ids: texts,
    patients: texts,
    entities: texts,
    clients: texts,
    organisations: texts,
    persons: texts,
    actions: texts,
    outcomes: texts,
    times: z.array(z.array(z.object({ prefix, low: time, high: time }))).optional(),
  }),
  count: z.int().nonnegative().max(1000),
  before: z.object({ recorded: time, id: z.string().optional(), ofSameTime: z.boolean() }).optional(),
  total: z.boolean(),
});

const nullable = z.string().nullable();
const toldAudit = z.object({
  rows: z.array(
    z.object({
      id: z.string(),
      recorded: time,
      agent: z.string(),
      organisation: nullable,
      role: nullable,
      person: nullable,
      interaction: z.string(),
      status: z.int().nullable(),
      target: nullable,
      query: nullable,
      purpose: nullable,
      entities: z.array(z.string()),
      patients: z.array(z.string()),
      requestId: nullable,
      correlationId: z.string(),
      wrote: z.boolean(),
      edition: z.int(),
    }),
  ),
  more: z.boolean(),
  total: z.int().optional(),
});

const askedProvenance = z.object({
  query: z.string(),
  count: z.int().positive().max(1000),
  until: time.optional(),
  reader: z.array(z.string()),
});
const toldProvenance = z.object({ found: storedList, more: z.boolean() });

/** An answer is one message of the broker: fewer entries where they name very much. */
const largestAnswer = 4 * 1024 * 1024;

/** Answers another process' questions for this service's audit and provenance. Who may ask was judged there. */
export function recordsQuestions(service: ServiceName): Type {
  @Controller()
  class RecordsQuestions {
    constructor(private readonly store: FhirStore) {}

    @MessagePattern(questionPattern(service, auditQuestion))
    async audit(payload: unknown): Promise<unknown> {
      return fitting(await answerAudit(this.store, askedAudit.parse(payload)));
    }

    @MessagePattern(questionPattern(service, provenanceQuestion))
    provenance(payload: unknown): Promise<ProvenanceAnswer> {
      return answerProvenance(this.store, askedProvenance.parse(payload));
    }
  }
  return RecordsQuestions;
}

/** Asks the services of other processes, each by one question. */
export function recordsAcross(questions: Questions): RecordsAcross {
  const timeoutMs = patienceMs;
  return {
    audit: async (service, question) => {
      const answer = await answerOf(service, () => questions.ask(service, auditQuestion, question, { timeoutMs }));
      const { rows, ...rest } = toldAudit.parse(answer);
      // What an entry is sealed by stays where it is.
      return { ...rest, rows: rows.map((row) => ({ ...row, digest: Buffer.alloc(0) })) };
    },
    provenance: async (service, question) =>
      toldProvenance.parse(
        await answerOf(service, () => questions.ask(service, provenanceQuestion, question, { timeoutMs })),
      ),
  };
}

function fitting(answer: AuditAnswer): AuditAnswer {
  let size = 0;
  const fits = answer.rows.filter(({ entities, patients }) => {
    size += 500 + [...entities, ...patients].reduce((sum, text) => sum + text.length + 3, 0);
    return size <= largestAnswer;
  });
  const rows = fits.length > 0 ? fits : answer.rows.slice(0, 1);
  return { ...answer, rows, more: answer.more || rows.length < answer.rows.length };
}
