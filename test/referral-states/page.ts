import type { Effect, ParentTurn, PartTurn, RequestTurn } from '../../apps/referral/src/domain/transitions.js';
import type { LateRow } from '../../apps/referral/src/domain/late-rows.js';
import { diagramOf } from './diagram.js';

export interface States {
  parts: readonly PartTurn[];
  parents: readonly ParentTurn[];
  requests: readonly RequestTurn[];
  late: readonly LateRow[];
  /** Ginnel's reason, the NHS's code for it, and the ITK3 response code. */
  reasons: Readonly<Record<string, { nhs: string; itk: string }>>;
}

/** docs/referral-states.md: the diagram, a table of each kind of turn, what comes late, and the reasons of an end. */
export function pageOf(states: States): string {
  const { parts, parents, requests, late, reasons } = states;
  return `<!-- Written by tools/referral-states.mjs from apps/referral/src/domain/transitions.ts. -->

# States of a referral

A referral is a ServiceRequest (the wish), a Task of its own (the parent) and one Task for each provider that is asked (a part). A part is moved by the turns below, and by nothing else: by its operation, by a plain update that says \`status\` and \`businessStatus\`, by a message or by the clock. The parent is made of its parts, and the ServiceRequest follows the parent.

A plain update asks for a turn by the state that it wants. \`before\` is the state in which the part was interrupted; the part holds it in the extension \`state-before\`. An end is undone by an update only where that says the business status, the version that is there (\`meta.versionId\`, If-Match) or a new \`occurred-at\`. A turn that keeps its words (a second contact, another session) is told by another \`occurred-at\`. Where \`occurred-at\` is absent, a turn happens when it is recorded, and a start (\`19\`) when \`executionPeriod.start\` says, unless that is before the turn it follows; what only reminds (\`33a\`, \`33c\`, \`33d\`) leaves the time of the turn before.

## A part

${diagramOf(parts)}

The arrows say the business status that is reached. An end leads back by \`34\` (undone) to where it was; \`35\` (reopened) leaves it and makes a new part. From every state \`32\` or \`32a\` leads to \`entered-in-error\`.

${table(
  ['turn', 'when', 'from', 'to', 'who', 'needs', 'event', 'also', 'ServiceRequest'],
  parts.map((row) => [
    row.id,
    row.when,
    row.from.length === 0 ? '(new)' : row.from.map(code).join(', '),
    code(`${row.to}/${row.business}`),
    row.who.join(', '),
    needsOf(row),
    code(row.event),
    effectsOf(row),
    row.request ?? '',
  ]),
)}

A status without a business status means any, but for \`cancel-requested\`: while a cancellation is asked, only the turns that name it are open. The last column is what the ServiceRequest becomes once no other part is open. Rows \`33c\`, \`33d\` and \`35\` leave the part as it stands.

## The referral's own Task

No message moves it: after every turn it is made of its parts.

${table(
  ['row', 'when', 'state'],
  parents.map(({ id, when, to, business }) => [id, when, code(`${to}/${business}`)]),
)}

Each time it is written, its event is \`referral-progressed.v1\`. A part that was forwarded or reopened counts by the one that goes on for it.

## The ServiceRequest

${table(
  ['row', 'when', 'from', 'to', 'who', 'event'],
  requests.map((row) => [
    row.id,
    row.when,
    row.from.length === 0 ? '(new)' : row.from.map(code).join(', '),
    code(row.to),
    row.who.join(', '),
    code(row.event),
  ]),
)}

\`system\` is Ginnel on the requester's behalf, which a Provenance says.

## Late, twice, out of order

${table(
  ['case', 'when', 'answer', 'then', 'decided in'],
  late.map(({ id, when, answer, then, where }) => [id, when, answer, then, places[where]]),
)}

A late turn stands in the part as the extension \`late-turn\`, an implied one as \`implied-turn\`, each with when it happened. A late turn is published as \`referral-turn-came-late.v1\`.

## Reasons

A no says why, in the NHS's \`dos-rejected-reasons-bars\` or in \`referral-status-reason\`; Ginnel adds the NHS code where it is missing. The last column is the ITK3 response code of an end for that reason.

${table(
  ['referral-status-reason', 'dos-rejected-reasons-bars', 'ITK-ResponseCodes-1'],
  Object.entries(reasons).map(([reason, { nhs, itk }]) => [code(reason), nhs, itk]),
)}
`;
}

const places: Record<LateRow['where'], string> = { turn: 'the turn', http: 'the request', message: 'the message' };

const effects: Record<Effect, string> = {
  'abort-task-opened': 'a Task with the code abort asks the provider',
  'abort-task-completed': 'the abort Task is completed',
  'abort-task-rejected': 'the abort Task is rejected',
  'activity-refreshed': 'the directory hears that it is full',
  'clock-restarted': 'the clock goes on',
  'clock-stopped': 'the clock stands still',
  'content-hidden': 'the provider no longer sees it',
  'next-provider-asked': 'the next provider that the requester named is asked',
  'part-created': 'a new part',
  'person-not-contacted': 'nobody contacts the person',
  'place-released': 'the place is given back',
  'place-reserved': 'a place is kept',
  'questionnaires-given-out': "the programme's questionnaires are asked for",
  'requester-asked': 'the requester has something to do',
  'summary-written': 'the outcome summary is written',
};

function effectsOf(row: PartTurn): string {
  return row.effects.map((effect) => effects[effect]).join('; ');
}

/** What a need asks of the Task, by the name of its rule. */
const needs: Readonly<Record<string, string>> = {
  appointmentIsNamed: 'output `appointment`: a Reference to the Appointment',
  contactIsAgreed: 'extension `contact-due`',
  contactIsRecorded: 'extension `readiness`, or one more `contact-attempt` where nobody was reached',
  contactWasTried: '3 `contact-attempt` in 2 channels over 7 days (or as the programme says)',
  endMayBeUndone:
    'within 72 hours, by the side that said it, while nobody else goes on with it and not after a death; a cancellation by the requester alone',
  informationIsGiven: 'one more note, or one more input `information`',
  outcomeIsRecorded: 'output `need-met`: fully, partly or no',
  reopeningIsInTime:
    'the requester at any time, the provider within 90 days and not what its requester took back; not after a death',
  replyIsDated: 'extension `reply-by`',
  startIsDated: '`executionPeriod.start`',
  successorIsNamed: 'output `successor`: a Reference to the part that goes on',
  waitIsEstimated: 'extensions `expected-wait` and `waitlist-review`',
  wordIsWritten: 'one more note, with its author and time',
  wrongPersonIsSaid: 'statusReason `wrong-person`',
};

const reasonsOf = {
  rejection: 'statusReason with an NHS code or one of ours',
  capacity: 'statusReason `22` (or `capacity`)',
  any: 'statusReason',
} as const;

function needsOf({ needs: rules, reason }: PartTurn): string {
  const asked = rules.map(({ name }) => {
    const words = needs[name];
    if (words === undefined) throw new Error(`Say in test/referral-states/page.ts what ${name} asks for.`);
    return words;
  });
  return [...asked, ...(reason ? [reasonsOf[reason]] : [])].join('; ');
}

function code(text: string): string {
  return `\`${text}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
