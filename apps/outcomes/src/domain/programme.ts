import type { HealthcareService, Task, TaskOutput } from 'fhir/r4';
import { idIn } from '#fhir';

/** The system of HealthcareService.program: a code is the id of a programme. */
export const programmeSystem = 'https://ginnel.org.uk/fhir/CodeSystem/programme';
export const taskOutputSystem = 'https://ginnel.org.uk/fhir/CodeSystem/task-output';
const taskInputSystem = 'https://ginnel.org.uk/fhir/CodeSystem/task-input';
const taskCodeSystem = 'http://hl7.org/fhir/CodeSystem/task-code';

/** The programmes that an activity belongs to. */
export function programmesOf({ program = [] }: HealthcareService): string[] {
  return program.flatMap(({ coding = [] }) =>
    coding.filter(({ system }) => system === programmeSystem).flatMap(({ code }) => code ?? []),
  );
}

/** True for a provider's part of a referral: not the referral's own Task, and no questionnaire's. */
export function isPart({ code, partOf }: Task): boolean {
  const fulfils = code?.coding?.some((coding) => coding.system === taskCodeSystem && coding.code === 'fulfill');
  return partOf !== undefined && fulfils === true;
}

/** The activities that a provider's Task was for: the first as it was asked, the others as it was changed. */
export function activityIdsOf({ input = [] }: Task): string[] {
  return input
    .filter(({ type }) => type.coding?.some(({ system, code }) => system === taskInputSystem && code === 'activity'))
    .flatMap(({ valueReference }) => idIn(valueReference, 'HealthcareService') ?? []);
}

/** What a Task brought, of one code of the task-output CodeSystem. */
export function outputsOf({ output = [] }: Task, code: string): TaskOutput[] {
  return output.filter(({ type }) =>
    type.coding?.some((coding) => coding.system === taskOutputSystem && coding.code === code),
  );
}
