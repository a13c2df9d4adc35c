import type { CodeableConcept, Task } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import { rejectedReasons, rejectedReasonSystem } from '../codes.js';
import { nhsReasonOf, statusReasons, statusReasonSystem } from '../status-reasons.js';
import type { Transition } from '../turns/transition.js';

/** Why: for a no in the NHS's codes or Ginnel's, otherwise in any code or in words. */
export function reasonIsGiven({ statusReason }: Task, demanded: Transition['reason']): Issue[] {
  if (demanded === undefined || suffices(statusReason, demanded)) return [];
  return [error('required', missing[demanded], 'Task.statusReason')];
}

type Demanded = NonNullable<Transition['reason']>;

function suffices(reason: CodeableConcept | undefined, demanded: Demanded): boolean {
  if (demanded === 'any') return reason?.text !== undefined || (reason?.coding ?? []).length > 0;
  const code = nhsReasonOf(reason);
  return demanded === 'capacity' ? code === rejectedReasons.capacity : code !== undefined;
}

const nhs = `${rejectedReasonSystem} (${Object.values(rejectedReasons).join(', ')})`;
const own = `${statusReasonSystem} (${Object.keys(statusReasons).join(', ')})`;

const missing: Record<Demanded, string> = {
  any: 'This turn needs a statusReason: a code, or words in statusReason.text.',
  capacity: `A Task rejected as capacity-full needs the statusReason ${rejectedReasonSystem}|${rejectedReasons.capacity}.`,
  rejection: `A rejected Task needs a statusReason coded in ${nhs} or in ${own}.`,
};
