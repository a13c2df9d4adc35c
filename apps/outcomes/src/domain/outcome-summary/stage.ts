import type { CodeableConcept } from 'fhir/r4';

/** When a summary is made: at the end of the referral, when an end is undone, or at a milestone of its programme while it goes on. */
export type Stage = { code: 'end' } | { code: 'goes-on' } | { code: 'first-scores' } | { code: 'weeks'; weeks: number };

export const stageSystem = 'https://ginnel.org.uk/fhir/CodeSystem/outcome-stage';

/** Also tells one milestone from another: two with the same words are the same. */
export function stageConcept(stage: Stage): CodeableConcept {
  return { coding: [{ system: stageSystem, code: stage.code }], text: stageText(stage) };
}

export function stageText(stage: Stage): string {
  switch (stage.code) {
    case 'end':
      return 'At the end of the referral';
    case 'goes-on':
      return 'The referral goes on: its end was undone';
    case 'first-scores':
      return 'When the first scores before and after were there';
    case 'weeks':
      return `${String(stage.weeks)} weeks after the start`;
  }
}

/** The stage that a summary said; summaries without one were made at the end. */
export function stageIn(concepts: readonly CodeableConcept[]): Stage {
  const found = concepts.find(({ coding }) => coding?.some(({ system }) => system === stageSystem));
  const code = found?.coding?.find(({ system }) => system === stageSystem)?.code;
  if (code === 'first-scores' || code === 'goes-on') return { code };
  if (code === 'weeks') return { code, weeks: Number.parseInt(found?.text ?? '', 10) };
  return { code: 'end' };
}

export function isSameStage(one: Stage, other: Stage): boolean {
  return stageText(one) === stageText(other);
}
