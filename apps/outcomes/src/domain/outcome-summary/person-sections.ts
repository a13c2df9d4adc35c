import type { CodeableConcept, CompositionSection, ServiceRequest, Task } from 'fhir/r4';
import { referenceTo } from '#fhir';
import { outputsOf } from '../programme.js';
import { type Ending, endingOf, isEnded } from './ending.js';
import { day, list, narrative, paragraph, table } from './narrative.js';
import { hasBegun } from './part-work.js';
import { emptySection, ownHeading, standardHeading } from './section.js';
import type { HumanRequest, Offer, OutcomeSummaryInput } from './summary-input.js';

/** First in the letter: what the person says matters, in their words. */
export function whatMattersSection({ notes }: OutcomeSummaryInput): CompositionSection {
  const [title, code] = ['What matters to the person', ownHeading('what-matters')];
  const { whatMatters } = notes;
  if (whatMatters === undefined || whatMatters.trim() === '') {
    return emptySection(title, code, narrative('generated', paragraph('Not recorded.')));
  }
  return { title, code, text: narrative('additional', paragraph(whatMatters)) };
}

export function referralSection({ serviceRequest, referral, requester }: OutcomeSummaryInput): CompositionSection {
  const facts = [
    ['Referred on', day(serviceRequest.authoredOn ?? referral.authoredOn)],
    ['Referred by', requester.name ?? 'not recorded'],
    ['Referred for', textOf(serviceRequest.code)],
    ['Reason', reasonsOf(serviceRequest)],
  ];
  return {
    title: 'Referral and reason',
    code: standardHeading('referral-details'),
    text: narrative('generated', table(['Referral', ''], facts)),
    entry: [referenceTo(serviceRequest)],
  };
}

/** What became of it, and whether the practice is asked for anything. */
export function outcomeSection(input: OutcomeSummaryInput): CompositionSection {
  return {
    title: 'Outcome',
    code: standardHeading('outcome'),
    text: narrative('generated', table(['Outcome', ''], outcomeFacts(input))),
  };
}

/** The lines of the outcome: what, and how it stands with it. */
export function outcomeFacts({ referral, offers, requests = [] }: OutcomeSummaryInput): string[][] {
  const parts = offers.map(({ task }) => task);
  const ending = endingOf(referral, parts);
  const asksForAction = requests.some(({ kind }) => kind === 'action');
  return [
    ['Where the referral stands', standingText(referral, ending)],
    ['Need met', needsMet(offers)],
    ...wordsOf(parts).map((words) => ["In the provider's words", words]),
    ['Asked of the practice', asksForAction ? 'Action: a named person asks for it' : 'Nothing: for information'],
  ];
}

export function stillOpenSection({ notes }: OutcomeSummaryInput): CompositionSection {
  const [title, code] = ['Still open', standardHeading('outstanding-issues')];
  if (notes.stillOpen.length > 0) return { title, code, text: narrative('additional', list(notes.stillOpen)) };
  return emptySection(title, code, narrative('generated', paragraph('Nothing was recorded as still open.')));
}

/** For action or information: only what a named person marked; the summary itself asks for nothing. */
export function requestsSection({ requests = [] }: OutcomeSummaryInput): CompositionSection[] {
  if (requests.length === 0) return [];
  const lines = (kind: HumanRequest['kind']) =>
    requests
      .filter((request) => request.kind === kind)
      .map(({ text, markedBy, markedOn }) => `${text} (marked by ${markedBy}, ${day(markedOn)})`);
  const [action, information] = [lines('action'), lines('information')];
  const content = [
    ...(action.length > 0 ? [paragraph('For action:'), list(action)] : []),
    ...(information.length > 0 ? [paragraph('For information:'), list(information)] : []),
  ];
  return [
    {
      title: 'For action or information',
      code: standardHeading('plan-and-requested-actions'),
      text: narrative('additional', ...content),
    },
  ];
}

export function textOf(concept: CodeableConcept | undefined): string {
  const coded = concept?.coding?.map(({ display, code }) => display ?? code).find((text) => text !== undefined);
  return concept?.text ?? coded ?? 'not recorded';
}

export function reasonsOf({ reasonCode = [] }: ServiceRequest): string {
  return reasonCode.length === 0 ? 'not recorded' : reasonCode.map(textOf).join('; ');
}

function standingText(referral: Task, ending: Ending | undefined): string {
  if (ending === undefined) return `Still going on (${standing(referral)})`;
  return isEnded(referral) ? ending.words : `${ending.words}; another provider can be chosen`;
}

/** What came of each part, as whoever closed it wrote. */
function wordsOf(parts: readonly Task[]): string[] {
  return parts.flatMap((part) => outputsOf(part, 'outcome').flatMap(({ valueString }) => valueString ?? []));
}

function standing({ status, statusReason }: Task): string {
  return statusReason === undefined ? status : `${status}: ${textOf(statusReason)}`;
}

/** What providers recorded when they closed their part: fully, partly, no. Of several that began, each by its activity. */
function needsMet(offers: readonly Offer[]): string {
  const told = offers.filter(({ task }) => hasBegun(task) || needMet(task) !== undefined);
  if (told.length > 1) return told.map(({ activity, task }) => `${activity}: ${needMet(task) ?? unknown}`).join('; ');
  return told.map(({ task }) => needMet(task) ?? unknown)[0] ?? unknown;
}

const unknown = 'not recorded';

function needMet({ output = [] }: Task): string | undefined {
  return output.find(({ type }) => type.coding?.some(({ code }) => code === 'need-met'))?.valueCode;
}
