import type { CodeableConcept, Task } from 'fhir/r4';

export const businessStatusSystem = 'https://ginnel.org.uk/fhir/CodeSystem/referral-business-status';

/** What became of a referral, as a practice reads it. */
export interface Ending {
  /** Of the referral-business-status CodeSystem. */
  code: string;
  words: string;
  /** Of ITK-ResponseCodes-1, where one of its codes says the same. */
  itk?: string;
}

/**
 * Why each referral ended, in words and, where they fit, in codes that UK messages use already:
 * https://fhir.nhs.uk/STU3/CodeSystem/ITK-ResponseCodes-1.
 */
const endings: readonly Ending[] = [
  { code: 'completed', words: 'Completed', itk: '30006' },
  { code: 'partly-completed', words: 'Partly completed: one part was, another was not', itk: '30006' },
  { code: 'unable-to-contact', words: 'Ended: the person could not be reached', itk: '30012' },
  { code: 'patient-declined', words: 'Ended: the person did not want it' },
  { code: 'disengaged', words: 'Ended: the person stopped coming' },
  { code: 'rejected', words: 'Not taken up: the provider said no', itk: '30017' },
  { code: 'capacity-full', words: 'Not taken up: no place was free', itk: '30017' },
  { code: 'expired', words: 'Not taken up: nobody answered in time' },
  { code: 'withdrawn-by-provider', words: 'Ended: the provider withdrew' },
  { code: 'cancelled-by-requester', words: 'Ended: the requester cancelled it' },
  { code: 'patient-moved', words: 'Ended: the person moved away' },
  { code: 'patient-died', words: 'Ended: the person has died' },
];

/** All parts ended like this: there is an outcome to tell, also while the requester may still choose another provider. */
const told: readonly string[] = ['unable-to-contact', 'disengaged', 'withdrawn-by-provider', 'patient-declined'];
const closed: readonly string[] = ['completed', 'failed', 'rejected', 'cancelled'];

/** True where nothing more is to come of a Task, and what it was is not withdrawn. */
export function isEnded({ status }: Task): boolean {
  return closed.includes(status);
}

/** True where it is worth looking whether the referral is over. */
export function mayBeOver(referral: Task): boolean {
  return isEnded(referral) || businessOf(referral) === 'alternatives-offered';
}

/** True where the referral ended, or every part of it did and nothing but a choice is left. */
export function isOver(referral: Task, parts: readonly Task[]): boolean {
  if (isEnded(referral)) return true;
  if (businessOf(referral) !== 'alternatives-offered' || !parts.every(isEnded)) return false;
  return lastFirst(parts).some((part, at) => at === 0 && told.includes(businessOf(part) ?? ''));
}

/** What the referral itself says; where it says no more than that it ended, what the part says that ended last. */
export function endingOf(referral: Task, parts: readonly Task[]): Ending | undefined {
  if (!isOver(referral, parts)) return undefined;
  const known = [referral, ...lastFirst(parts.filter(isEnded))].flatMap((task) => knownEnding(task) ?? []);
  return known[0] ?? { code: referral.status, words: `Ended: ${referral.status}` };
}

/** As codes: what UK messages say, and what Ginnel says. */
export function outcomeConcept(ending: Ending | undefined): CodeableConcept {
  const itk = ending === undefined ? '30005' : ending.itk;
  return {
    coding: [
      ...(itk === undefined ? [] : [{ system: 'https://fhir.nhs.uk/STU3/CodeSystem/ITK-ResponseCodes-1', code: itk }]),
      ...(ending === undefined ? [] : [{ system: businessStatusSystem, code: ending.code }]),
    ],
    text: ending?.words ?? 'Still going on',
  };
}

function knownEnding(task: Task): Ending | undefined {
  const code = businessOf(task);
  const own = endings.find((ending) => ending.code === code);
  return own ?? (task.status === 'completed' ? endings[0] : undefined);
}

function businessOf({ businessStatus }: Task): string | undefined {
  return businessStatus?.coding?.find(({ system }) => system === businessStatusSystem)?.code;
}

function lastFirst(tasks: readonly Task[]): Task[] {
  const changed = ({ lastModified, meta }: Task) => lastModified ?? meta?.lastUpdated ?? '';
  return [...tasks].sort((left, right) => (changed(left) > changed(right) ? -1 : 1));
}
