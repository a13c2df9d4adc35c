import type { Extension, FhirResource, HealthcareService, Organization } from 'fhir/r4';

const base = 'https://ginnel.org.uk/fhir';

/** An invented organisation of the sandbox with one activity: both have this id, and it is the DoS service id, too. */
export interface FailingProvider {
  id: 'never-answers' | 'always-rejects' | 'answers-late' | 'is-full' | 'is-full-with-list';
  name: string;
  /** What becomes of a referral to it. */
  does: string;
  says?: readonly Extension[];
}

const said = (name: string, value: Partial<Extension>): Extension => ({
  url: `${base}/StructureDefinition/${name}`,
  ...value,
});
const full = said('capacity-status', { valueCode: 'no-capacity' });

export const failingProviders: readonly FailingProvider[] = [
  { id: 'never-answers', name: 'Never Answers', does: 'is taken, and nobody looks at it: the deadlines run out' },
  { id: 'always-rejects', name: 'Always Rejects', does: 'is rejected at once: not eligible (40)' },
  { id: 'answers-late', name: 'Answers Late', does: 'is accepted after half a minute' },
  {
    id: 'is-full',
    name: 'Is Full',
    does: 'is refused when it is sent, with alternatives: no place and no waiting list',
    says: [full],
  },
  {
    id: 'is-full-with-list',
    name: 'Is Full With a List',
    does: 'is taken to wait: no place, but a waiting list',
    says: [full, said('waiting-list', { valueBoolean: true })],
  },
];

/** Those that answer by themselves; the others need nobody to do nothing. */
export const actingProviders = ['always-rejects', 'answers-late'] as const;
export type ActingProvider = (typeof actingProviders)[number];

/** What a sandbox's directory holds of them. */
export function failingDirectory(): FhirResource[] {
  return failingProviders.flatMap((provider) => [organisationOf(provider), activityOf(provider)]);
}

function organisationOf({ id, name }: FailingProvider): Organization {
  return { resourceType: 'Organization', id, active: true, name: `${name} (invented)` };
}

/** Of a programme of their own, so that they are offered to nobody who did not ask for one of them. */
function activityOf({ id, name, says = [] }: FailingProvider): HealthcareService {
  return {
    resourceType: 'HealthcareService',
    id,
    extension: [...says],
    identifier: [{ system: 'https://fhir.nhs.uk/Id/dos-service-id', value: id }],
    active: true,
    providedBy: { reference: `Organization/${id}`, display: `${name} (invented)` },
    program: [{ coding: [{ system: `${base}/CodeSystem/programme`, code: 'failing-on-purpose' }] }],
    name: `${name} (invented)`,
  };
}
