import { Injectable } from '@nestjs/common';
import type { Bundle, MessageHeader, Observation, QuestionnaireResponse, Reference } from 'fhir/r4';
import { type Audience, everyone, isFault, restrictedAs } from '#fhir';
import { type Act, FhirStore, type Write } from '#fhir-store';
import type { Session } from '#postgres';
import { eventOf, judgeResponse } from '../domain/judge-response.js';
import { Platform, provenanceWrite } from '#service';
import { answersIn, personsOf } from '../domain/message-answers.js';
import { Instruments } from './instruments.js';

/**
 * Keeps what a referral message brought for this service: observations as the sender made them, and answers by the same rules
 * as over HTTP; those against the rules stay in the message, which referral keeps. Answers to no questionnaire that is known here,
 * as the standard's examples have them, nobody can judge or score: they are kept as they came, to be read.
 */
@Injectable()
export class KeepMessageParts {
  constructor(
    private readonly store: FhirStore,
    private readonly instruments: Instruments,
    private readonly platform: Platform,
  ) {}

  async execute(message: Bundle, { audience, act }: { audience: Audience; act: Act }, tx: Session): Promise<void> {
    const { responses, observations } = answersIn(message);
    const parts: Part[] = observations.map((resource) => ({ resource }));
    for (const response of responses) parts.push(...(await this.#partsOf(response)));
    const fresh = await this.#fresh(parts, tx);
    const persons = personsOf(message);
    const writes = fresh.map((part): Write => ({ interaction: 'create', audience, persons, ...part }));
    if (writes.length === 0) return;
    const onBehalfOf = senderOf(message);
    const provenance = provenanceWrite({ writes, act, onBehalfOf, audience, now: this.platform.now() });
    await this.store.commit([...writes, provenance], act, tx);
  }

  async #partsOf(response: QuestionnaireResponse): Promise<Part[]> {
    const known = await this.instruments.find(response);
    if (!known) return [{ resource: response, event: eventOf(response) }];
    const { issues, observations } = judgeResponse(response, known);
    if (issues.some(isFault)) return [];
    const scores = observations.map((observation) => ({ resource: restrictedAs(observation, response) }));
    return [{ resource: response, event: eventOf(response) }, ...scores];
  }

  /** Those that are not here yet: the message's event may come again. */
  async #fresh(parts: readonly Part[], tx: Session): Promise<Part[]> {
    const ids = parts.map(({ resource: { resourceType: type, id = '' } }) => ({ type, id }));
    const here = await this.store.readMany(ids, everyone, tx);
    return parts.filter(
      ({ resource }) => !here.some(({ type, id }) => type === resource.resourceType && id === resource.id),
    );
  }
}

/** Who sent the message, as it says. */
function senderOf({ entry = [] }: Bundle): Reference | undefined {
  const header = entry[0]?.resource as MessageHeader | undefined;
  return header?.sender ?? header?.responsible;
}

interface Part {
  resource: QuestionnaireResponse | Observation;
  event?: string;
}
