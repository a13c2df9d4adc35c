import { Injectable } from '@nestjs/common';
import type { Questionnaire, QuestionnaireResponse } from 'fhir/r4';
import { error, everyone, FhirError } from '#fhir';
import { type SearchQuery, searchParameter } from '#fhir-search';
import { FhirStore } from '#fhir-store';
import { canonicalOf, type Instrument, loadProgramme, programmeNames } from '#programmes';

/** Questionnaires by canonical, with the scoring of those that the programmes bring. */
@Injectable()
export class Instruments {
  readonly #instruments = new Map<string, Instrument>(
    programmeNames().flatMap((name) =>
      loadProgramme(name).instruments.map((instrument) => [canonicalOf(instrument.questionnaire), instrument] as const),
    ),
  );

  constructor(private readonly store: FhirStore) {}

  /** The questionnaire that a response answers; throws where it names none that is known here, or no version. */
  async of(response: QuestionnaireResponse): Promise<{ questionnaire: Questionnaire; instrument?: Instrument }> {
    const [url, version] = (response.questionnaire ?? '').split('|');
    if (url === undefined || url === '' || version === undefined) {
      throw refused('required', 'QuestionnaireResponse.questionnaire names its questionnaire as url|version.');
    }
    const questionnaire = (await this.#withUrl(url)).find((one) => one.version === version);
    if (!questionnaire)
      throw refused('not-found', 'QuestionnaireResponse.questionnaire names no questionnaire that is known here.');
    const instrument = this.#instruments.get(canonicalOf(questionnaire));
    return { questionnaire, ...(instrument ? { instrument } : {}) };
  }

  async #withUrl(url: string): Promise<Questionnaire[]> {
    const parameter = searchParameter('Questionnaire', 'url');
    if (!parameter) return [];
    const query: SearchQuery = {
      type: 'Questionnaire',
      criteria: [{ parameter, values: [{ type: 'uri', value: url }] }],
      includes: [],
      sort: [],
      count: 100,
      total: 'none',
      applied: new URLSearchParams(),
    };
    return (await this.store.search(query, everyone)).matches.map(
      ({ content }) => JSON.parse(content) as Questionnaire,
    );
  }
}

function refused(code: 'required' | 'not-found', diagnostics: string): FhirError {
  return new FhirError([error(code, diagnostics, 'QuestionnaireResponse.questionnaire')], { status: 422 });
}
