import { Injectable } from '@nestjs/common';
import type { Observation, QuestionnaireResponse } from 'fhir/r4';
import { type Audience, everyone, FhirError, isFault, parseJson, restrictedAs } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import { type SearchQuery, searchParameter } from '#fhir-search';
import { FhirStore, type Stored, type Write } from '#fhir-store';
import { eventOf, judgeResponse } from '../domain/judge-response.js';
import { withdrawnObservations } from '../domain/observations-of.js';
import { responseMayChange } from '../domain/response-change.rule.js';
import { Instruments } from './instruments.js';
import { OnlyAuthor } from './only-author.js';
import { ReferralOfResponse } from './referral-of-response.js';

/** Takes answers: held against their questionnaire, scored, and said again as Observations, all in one commit. */
@Injectable()
export class TakeResponse {
  constructor(
    private readonly store: FhirStore,
    private readonly instruments: Instruments,
    private readonly referral: ReferralOfResponse,
    private readonly onlyAuthor: OnlyAuthor,
  ) {}

  async create(resource: QuestionnaireResponse, request: FhirRequest): Promise<Write[]> {
    const response = this.referral.placed({ ...resource, id: resource.id ?? request.newId() }, request);
    const audience = await this.referral.audience(response, request);
    const observations = await this.#observationsOf(response);
    return [
      { interaction: 'create', resource: response, audience, event: eventOf(response) },
      ...observations.map((observation): Write => ({ interaction: 'create', resource: observation, audience })),
    ];
  }

  async update(response: QuestionnaireResponse, previous: Stored, request: FhirRequest): Promise<Write[]> {
    await this.onlyAuthor.execute(previous, request.caller);
    const changes = responseMayChange(parseJson(previous.content) as QuestionnaireResponse, response);
    if (changes.length > 0) throw new FhirError(changes, { status: 422 });
    const audience = await this.referral.audienceStill(response, previous, request);
    const rewritten = await this.#scoresOf(response, audience);
    return [
      { interaction: 'update', resource: response, audience, version: previous.version, event: eventOf(response) },
      ...rewritten,
    ];
  }

  /** Answers to a form that is not known here came by message, and have no scores. */
  async #scoresOf(response: QuestionnaireResponse, audience: Audience): Promise<Write[]> {
    if (!(await this.instruments.find(response))) return [];
    return this.#rewritten(response, await this.#observationsOf(response), audience);
  }

  /** Throws where the answers break their questionnaire's rules. */
  async #observationsOf(response: QuestionnaireResponse): Promise<Observation[]> {
    const { issues, observations } = judgeResponse(response, await this.instruments.of(response));
    if (issues.some(isFault)) throw new FhirError(issues, { status: 422 });
    return observations.map((observation) => restrictedAs(observation, response));
  }

  /** The Observations after an amendment: new ones, changed ones, and those that their source no longer says. */
  async #rewritten(
    response: QuestionnaireResponse,
    current: readonly Observation[],
    audience: Audience,
  ): Promise<Write[]> {
    const known = await this.#storedObservations(response.id ?? '');
    const previous = known.map(({ content }) => parseJson(content) as Observation);
    return [...current, ...withdrawnObservations(previous, current)].map((resource): Write => {
      const stored = known.find(({ id }) => id === resource.id);
      return stored
        ? { interaction: 'update', resource, audience, version: stored.version }
        : { interaction: 'create', resource, audience };
    });
  }

  async #storedObservations(responseId: string): Promise<Stored[]> {
    const parameter = searchParameter('Observation', 'derived-from');
    if (!parameter) return [];
    const query: SearchQuery = {
      type: 'Observation',
      criteria: [{ parameter, values: [{ type: 'reference', value: `QuestionnaireResponse/${responseId}` }] }],
      includes: [],
      sort: [],
      count: 1000,
      total: 'none',
      applied: new URLSearchParams(),
    };
    return (await this.store.search(query, everyone)).matches;
  }
}
