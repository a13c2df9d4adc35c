import type { Issue } from '#fhir';
import { base } from './codes.js';

/** An activity to which somebody could be referred instead, as the directory says it. */
export interface Alternative {
  id: string;
  name?: string | undefined;
  provider?: string | undefined;
  km?: number | undefined;
  placesLeft?: number | undefined;
}

const referabilitySystem = `${base}/CodeSystem/referability`;
const alternativeExtension = `${base}/StructureDefinition/alternative`;

/** One remark for each, with the activity where a machine finds it. */
export function alternativeIssues(alternatives: readonly Alternative[]): Issue[] {
  return alternatives.map((alternative) => ({
    severity: 'information',
    code: 'informational',
    diagnostics: sentenceOf(alternative),
    details: { coding: [{ system: referabilitySystem, code: 'alternative' }] },
    extension: [{ url: alternativeExtension, valueReference: referenceTo(alternative) }],
  }));
}

/** Why an activity takes no referral: codes of the referability system. */
export function referabilityDetails(reasons: readonly string[]): Issue['details'] {
  return { coding: reasons.map((code) => ({ system: referabilitySystem, code })) };
}

function referenceTo({ id, name }: Alternative) {
  return { reference: `HealthcareService/${id}`, ...(name === undefined ? {} : { display: name }) };
}

function sentenceOf({ id, name, provider, km, placesLeft }: Alternative): string {
  const facts = [
    ...(placesLeft === undefined ? [] : [`${String(placesLeft)} ${placesLeft === 1 ? 'place' : 'places'} left`]),
    ...(km === undefined ? [] : [`${String(km)} km from it`]),
  ];
  const by = provider === undefined ? '' : ` by ${provider}`;
  return `Instead: ${name ?? 'an activity'}${by}, HealthcareService/${id}${facts.length > 0 ? ` (${facts.join(', ')})` : ''}.`;
}
