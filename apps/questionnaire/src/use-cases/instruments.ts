import { Injectable } from '@nestjs/common';
import type { Questionnaire, QuestionnaireResponse } from 'fhir/r4';
import { error, FhirError, publicAudience } from '#fhir';
import { type SearchQuery, searchParameter } from '#fhir-search';
import { FhirStore } from '#fhir-store';
import { canonicalOf, type Instrument, loadProgramme, programmeNames } from '#programmes';

/** A questionnaire, with its scoring where a programme brings one. */
export interface KnownQuestionnaire {
  questionnaire: Questionnaire;
  instrument?: Instrument;
}

/** Questionnaires by canonical. A programme's are read from the programme: nothing that was sent can stand in their place. */
@Injectable()
export class Instruments {
  readonly #instruments = new Map<string, Instrument>(
    programmeNames().flatMap((name) =>
      loadProgramme(name).instruments.map((instrument) => [canonicalOf(instrument.questionnaire), instrument] as const),
    ),
  );

  constructor(private readonly store: FhirStore) {}

  /** The questionnaire that a response answers; throws where it names none that is known here, or none of its versions. */
  async of(response: QuestionnaireResponse): Promise<KnownQuestionnaire> {
    const known = await this.find(response);
    if (known) return known;
    const [url, version] = partsOf(response);
    if (url === '' || version === undefined) {
      const diagnostics =
        'QuestionnaireResponse.questionnaire names its questionnaire as url|version; none without a version is known here by this url.';
      throw refused('required', diagnostics);
    }
    throw refused('not-found', 'QuestionnaireResponse.questionnaire names no questionnaire that is known here.');
  }

  /** The same, or undefined. A url without a version is that of a questionnaire that has none: before and after are paired by it. */
  async find(response: QuestionnaireResponse): Promise<KnownQuestionnaire | undefined> {
    const [url, version] = partsOf(response);
    if (url === '') return undefined;
    const instrument = this.#instruments.get(response.questionnaire ?? '');
    if (instrument) return { questionnaire: instrument.questionnaire, instrument };
    const questionnaire = (await this.#withUrl(url)).find((one) => one.version === version);
    return questionnaire && { questionnaire };
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
    return (await this.store.search(query, publicAudience)).matches.map(
      ({ content }) => JSON.parse(content) as Questionnaire,
    );
  }
}

function partsOf({ questionnaire = '' }: QuestionnaireResponse): [url: string, version?: string] {
  const [url = '', version] = questionnaire.split('|');
  return version === undefined ? [url] : [url, version];
}

function refused(code: 'required' | 'not-found', diagnostics: string): FhirError {
  return new FhirError([error(code, diagnostics, 'QuestionnaireResponse.questionnaire')], { status: 422 });
}
