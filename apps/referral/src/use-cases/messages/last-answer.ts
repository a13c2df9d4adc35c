import { Injectable } from '@nestjs/common';
import type { Communication } from 'fhir/r4';
import { type Audience, parseDateTime, parseJson } from '#fhir';
import { searchParameter } from '#fhir-search';
import { FhirStore } from '#fhir-store';
import { communicationCategorySystem } from '../../domain/feedback/codes.js';
import { defaultTurnPolicy } from '../../domain/turns/turn-policy.js';
import type { AnsweredPart } from './known-message.js';

const answersAtMost = 200;

/** When the answer was made by which a provider moved its part last: on its own clock, to be compared with nothing but that. */
@Injectable()
export class LastAnswer {
  constructor(private readonly store: FhirStore) {}

  async execute({ parent, part }: AnsweredPart, reader: Audience): Promise<string | undefined> {
    const [partOf, category, sent] = ['part-of', 'category', 'sent'].map((code) =>
      searchParameter('Communication', code),
    );
    if (!partOf || !category || !sent) return undefined;
    const answer = { type: 'token', system: communicationCategorySystem, value: 'received-response' } as const;
    const { matches } = await this.store.search(
      {
        type: 'Communication',
        criteria: [
          { parameter: partOf, values: [{ type: 'reference', value: `Task/${parent.stored.id}` }] },
          { parameter: category, values: [answer] },
        ],
        includes: [],
        sort: [{ parameter: sent, descending: true }],
        count: answersAtMost,
        total: 'none',
        applied: new URLSearchParams(),
      },
      reader,
    );
    const answers = matches.map(({ content }) => parseJson(content) as Communication);
    return answers.find((one) => isAbout(one, part.stored.id) && moved(one) && !isAhead(one))?.sent;
  }
}

function isAbout({ about = [] }: Communication, partId: string): boolean {
  return about.some(({ reference }) => reference === `Task/${partId}`);
}

/** One that was kept without a turn says no state: what was told before it may still be news. */
function moved({ topic }: Communication): boolean {
  return topic !== undefined;
}

/** A clock that was wrong once does not silence all that is told until that time has come. */
function isAhead({ sent = '', received = '' }: Communication): boolean {
  return parseDateTime(sent) > parseDateTime(received) + defaultTurnPolicy.aheadMinutes * 60_000;
}
