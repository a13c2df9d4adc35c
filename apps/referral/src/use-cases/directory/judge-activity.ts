import { Injectable } from '@nestjs/common';
import type { Reference, ServiceRequest } from 'fhir/r4';
import { everyone, FhirError, idIn, type Issue, parseJson } from '#fhir';
import { FhirStore, type Stored } from '#fhir-store';
import { Questions } from '#messaging';
import { englishDay, lastDayIn } from '#programmes';
import { alternativeIssues, referabilityDetails } from '../../domain/alternative-issues.js';
import { barsUseCaseSystem, isSystem, referralUseCaseSystem } from '../../domain/bars/index.js';
import { askDirectory, judged } from './directory-answers.js';

export interface ActivityToJudge {
  /** HealthcareService; absent where an organisation was asked without one. */
  activity?: Reference | undefined;
  /** The wish: of what kind it is and until when it wants it. A reference is read. */
  request: ServiceRequest | Reference | undefined;
  now: Date;
  /** What other services write in the same transaction. */
  planned?: readonly Stored[] | undefined;
  /** Element that named the activity. */
  expression: string;
  /** Whether it is full is told when the place is asked for. */
  placesAside?: true;
}

/**
 * Asks the directory whether somebody may be referred to an activity now. What is asked says nothing of the person. Refuses
 * with the reasons and with what could be asked instead.
 */
@Injectable()
export class JudgeActivity {
  constructor(
    private readonly store: FhirStore,
    private readonly questions: Questions,
  ) {}

  /** `waiting` where it is full and keeps a list. */
  async execute(asked: ActivityToJudge): Promise<'open' | 'waiting'> {
    const { activity, request, now, planned = [], expression, placesAside } = asked;
    const service = idIn(activity, 'HealthcareService');
    if (service === undefined) return 'open';
    const own = planned.find(({ type, id }) => type === 'HealthcareService' && id === service);
    const payload = { service, need: needOf(await this.#wish(request), now), ...(own ? { planned: own.content } : {}) };
    const { outcome, reasons, name, alternatives } = await askDirectory(
      this.questions,
      { question: 'referability', payload },
      judged,
    );
    if (outcome !== 'refused') return outcome;
    if (placesAside && reasons.every((reason) => reason === 'full')) return 'open';
    const refusal: Issue = {
      severity: 'error',
      code: 'business-rule',
      diagnostics: `${name ?? `HealthcareService/${service}`} takes no referral: ${sentenceOf(reasons)}. ${adviceOn(alternatives.length)}`,
      details: referabilityDetails(reasons),
      expression: [expression],
    };
    throw new FhirError([refusal, ...alternativeIssues(alternatives)], { status: 422 });
  }

  async #wish(request: ActivityToJudge['request']): Promise<ServiceRequest | undefined> {
    if (request === undefined || 'resourceType' in request) return request;
    const id = idIn(request, 'ServiceRequest');
    const stored = id === undefined ? undefined : await this.store.read('ServiceRequest', id, everyone);
    return stored && !stored.deleted ? (parseJson(stored.content) as ServiceRequest) : undefined;
  }
}

/** What a referral needs of an activity. */
export function needOf(request: ServiceRequest | undefined, now: Date) {
  const until = request && endOf(request);
  const codings = (request?.category ?? []).flatMap(({ coding = [] }) => coding);
  return {
    useCases: codings.flatMap(({ system = '', code = '' }) => (isUseCaseSystem(system) ? [{ system, code }] : [])),
    today: englishDay(now),
    ...(until === undefined ? {} : { until: lastDayIn(until) }),
  };
}

/** Until when a wish lasts, where it says so. */
function endOf({ occurrencePeriod, occurrenceDateTime, occurrenceTiming }: ServiceRequest): string | undefined {
  const { repeat, event = [] } = occurrenceTiming ?? {};
  return occurrencePeriod?.end ?? occurrenceDateTime ?? repeat?.boundsPeriod?.end ?? event.toSorted().at(-1);
}

function isUseCaseSystem(system: string): boolean {
  return [barsUseCaseSystem, referralUseCaseSystem].some((known) => isSystem(system, known));
}

const sentences: Readonly<Record<string, string>> = {
  'not-active': 'its provider has closed it',
  ended: 'it ends before the referral would need it',
  'not-funded': 'it is not known to be paid for until the referral would need it',
  'use-case-not-taken': 'it does not take this kind of referral',
  full: 'it is full and keeps no waiting list',
};

function sentenceOf(reasons: readonly string[]): string {
  return reasons.map((reason) => sentences[reason] ?? reason).join(', and ');
}

function adviceOn(alternatives: number): string {
  return alternatives > 0
    ? 'What could be asked instead stands in the issues that follow.'
    : 'Nothing like it can be asked instead now; look for others with HealthcareService/$find-activities.';
}
