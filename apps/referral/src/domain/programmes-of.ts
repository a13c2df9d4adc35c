import type { HealthcareService } from 'fhir/r4';
import { base } from './codes.js';

const programmeSystem = `${base}/CodeSystem/programme`;

/** Ids of the programmes that an activity belongs to. */
export function programmesOf({ program = [] }: HealthcareService): string[] {
  return program.flatMap(({ coding = [] }) =>
    coding.filter(({ system }) => system === programmeSystem).flatMap(({ code }) => code ?? []),
  );
}
