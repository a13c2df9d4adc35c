import type { CodeableConcept, Coding, CompositionSection } from 'fhir/r4';
import { list, narrative, paragraph } from './narrative.js';
import { endingOf } from './ending.js';
import { ownHeading } from './section.js';
import type { OutcomeSummaryInput } from './summary-input.js';

export const suggestedCodeExtension = 'https://ginnel.org.uk/fhir/StructureDefinition/suggested-code';
const system = 'http://snomed.info/sct';

/** Of SNOMED CT only what published GP coding guides confirm: a wrong code in a record is worse than none. */
const referred: Coding = {
  system,
  code: '871731000000106',
  display: 'Referral to social prescribing service (procedure)',
};
const declined: Coding = { system, code: '871711000000103', display: 'Social prescribing declined (situation)' };

/** What a practice might file, for a person to judge. Nothing files it by itself. */
export function suggestedCodes({ referral, serviceRequest, offers, stage }: OutcomeSummaryInput): Coding[] {
  if (stage !== undefined && stage.code !== 'end') return [];
  const ending = endingOf(
    referral,
    offers.map(({ task }) => task),
  );
  const wanted = ending?.code === 'patient-declined' ? declined : referred;
  const known = [serviceRequest.code, ...(serviceRequest.category ?? [])];
  return known.some((concept) => hasCoding(concept, wanted)) ? [] : [wanted];
}

export function suggestedCodesSection(input: OutcomeSummaryInput): CompositionSection[] {
  const codes = suggestedCodes(input);
  if (codes.length === 0) return [];
  const lines = codes.map(({ code = '', display = '' }) => `${display}, SNOMED CT ${code}`);
  return [
    {
      extension: codes.map((valueCoding) => ({ url: suggestedCodeExtension, valueCoding })),
      title: 'Suggested codes',
      code: ownHeading('suggested-codes'),
      text: narrative('generated', paragraph(suggestion), list(lines)),
    },
  ];
}

export const suggestion = 'Suggestions only, where the record does not have them yet. Nothing was filed.';

function hasCoding(concept: CodeableConcept | undefined, wanted: Coding): boolean {
  return concept?.coding?.some((coding) => coding.system === wanted.system && coding.code === wanted.code) ?? false;
}
