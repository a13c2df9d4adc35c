import { Controller, type Type } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { z } from 'zod';
import type { Audience, ServiceName } from '#fhir';
import { type SearchQuery, searchParameter } from '#fhir-search';
import { FhirStore, type SearchPage, type Stored } from '#fhir-store';
import { questionPattern } from '#messaging';

export const searchQuestionName = 'search';

/** Resources of one type that point to one resource (`Appointment?based-on=ServiceRequest/1`) or bear one identifier. */
export interface Pointing {
  type: string;
  /** A reference parameter, or `identifier`. */
  parameter: string;
  /** `ServiceRequest/1`, or an identifier's value. */
  reference: string;
}

const asked = z.object({
  type: z.string(),
  parameter: z.string(),
  reference: z.string(),
  reader: z.array(z.string()),
  cursor: z.string().optional(),
});

/** An answer is one message of the broker: fewer where they are large. */
const atOnce = 50;
const largestAnswer = 2 * 1024 * 1024;

/** Answers other services' question for the resources of this one that point to a resource, page by page. */
export function searchQuestion(service: ServiceName): Type {
  @Controller()
  class SearchQuestion {
    constructor(private readonly store: FhirStore) {}

    @MessagePattern(questionPattern(service, searchQuestionName))
    async answer(payload: unknown): Promise<{ matches: Stored[]; next?: string }> {
      const { reader, ...wanted } = asked.parse(payload);
      const { reference, ...others } = wanted;
      const { matches, next } = await this.#page(pointingTo({ ...others, references: [reference] }), reader);
      return { matches, ...(next === undefined ? {} : { next }) };
    }

    async #page(query: SearchQuery, reader: Audience): Promise<SearchPage> {
      const page = await this.store.search(query, reader);
      const size = page.matches.reduce((sum, { content }) => sum + content.length, 0);
      const fewer = Math.floor(page.matches.length / 2);
      return size <= largestAnswer || fewer === 0 ? page : this.#page({ ...query, count: fewer }, reader);
    }
  }
  return SearchQuestion;
}

/** What points to any of these resources: by id, so that one that changes between two pages is neither lost nor doubled. */
export function pointingTo({
  type,
  parameter,
  references,
  cursor,
}: Omit<Pointing, 'reference'> & { references: readonly string[]; cursor?: string | undefined }): SearchQuery {
  const [by, id] = [searchParameter(type, parameter), searchParameter(type, '_id')];
  if ((by?.type !== 'reference' && by?.type !== 'token' && by?.type !== 'uri') || !id)
    throw new Error(`${type} is not found by ${parameter}.`);
  const kind = by.type;
  return {
    type,
    criteria: [{ parameter: by, values: references.map((value) => ({ type: kind, value })) }],
    includes: [],
    sort: [{ parameter: id, descending: false }],
    count: atOnce,
    total: 'none',
    // What a cursor is bound to: one of another question does not fit.
    applied: new URLSearchParams({ [parameter]: references.join(',') }),
    ...(cursor === undefined ? {} : { cursor }),
  };
}
