import type { CodeableConcept, CompositionSection, Narrative } from 'fhir/r4';

/** Headings of the Professional Record Standards Body as UK Core codes them. */
export function standardHeading(code: string): CodeableConcept {
  return { coding: [{ system: 'https://fhir.hl7.org.uk/CodeSystem/UKCore-RecordStandardHeadings', code }] };
}

/** For what the standard's message back has and the coded headings do not name. */
export function ownHeading(code: string): CodeableConcept {
  return { coding: [{ system: 'https://ginnel.org.uk/fhir/CodeSystem/outcome-section', code }] };
}

/** A section with nothing in it says so, to people and to machines. */
export function emptySection(title: string, code: CodeableConcept, text: Narrative): CompositionSection {
  const emptyReason = {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/list-empty-reason', code: 'unavailable' }],
  };
  return { title, code, text, emptyReason };
}
