import type { ServiceName } from '#fhir';

/** Who is killed when, and what must have come of the transaction then. */
export interface KillPlan {
  /** Of each service in turn: a second moment is that of the process which takes the place of the first. */
  kills: readonly (readonly [ServiceName, string])[];
  /** One part is refused by the rules of its owner. */
  refused?: true;
  ends: 'whole' | 'not at all';
}

const coordinator: ServiceName = 'referral';
const participants: readonly ServiceName[] = ['activity-directory', 'questionnaire'];

const beforeTheDecision = [
  'before the reservations',
  'after the reservation of activity-directory',
  'asked to reserve',
  'reserved',
  'after the reservation of referral',
  'after the reservation of questionnaire',
  'before the decision',
];
const afterTheDecision = [
  'after the decision',
  'after the application by activity-directory',
  'after the application by questionnaire',
  'after the settlement',
];

/** The coordinator and each participant, killed at each of their steps; and two of them in one transaction. */
export const allKills: readonly KillPlan[] = [
  { kills: [], ends: 'whole' },
  { kills: [], refused: true, ends: 'not at all' },
  ...beforeTheDecision.map((moment) => one(coordinator, moment, 'not at all')),
  ...afterTheDecision.map((moment) => one(coordinator, moment, 'whole')),
  ...participants.flatMap((participant) => [
    ...['asked to reserve', 'reserved'].map((moment) => one(participant, moment, 'not at all')),
    ...['asked to apply', 'applied'].map((moment) => one(participant, moment, 'whole')),
  ]),
  ...[coordinator, 'activity-directory' as const].flatMap((service) =>
    ['asked to release', 'released'].map((moment): KillPlan => ({
      kills: [[service, moment]],
      refused: true,
      ends: 'not at all',
    })),
  ),
  several(
    [coordinator, 'before the decision'],
    [coordinator, 'asked for the decision'],
    [coordinator, 'decided by the question'],
  )('not at all'),
  several([coordinator, 'after the decision'], ['activity-directory', 'asked to apply'])('whole'),
  several(
    [coordinator, 'after the decision'],
    ['questionnaire', 'applied'],
    ['questionnaire', 'asked to apply'],
  )('whole'),
  several(['activity-directory', 'asked to apply'], ['questionnaire', 'applied'])('whole'),
];

/** Those in which most is left open. */
export const fewKills: readonly KillPlan[] = [
  { kills: [], ends: 'whole' },
  one(coordinator, 'before the decision', 'not at all'),
  one(coordinator, 'after the decision', 'whole'),
  one('questionnaire', 'applied', 'whole'),
];

export function titleOf({ kills, refused }: KillPlan): string {
  const killed = kills.map(([service, moment]) => `${service} killed ${moment}`);
  return [...(refused ? ['one part refused'] : []), ...(killed.length === 0 ? ['nobody killed'] : killed)].join(', ');
}

function one(service: ServiceName, moment: string, ends: KillPlan['ends']): KillPlan {
  return { kills: [[service, moment]], ends };
}

function several(...kills: KillPlan['kills']): (ends: KillPlan['ends']) => KillPlan {
  return (ends) => ({ kills, ends });
}
