/** The table of owners: each resource type has one service that stores it. Routes, capabilities and borders derive from it. */
export const owners = {
  referral: [
    'Patient',
    'RelatedPerson',
    'ServiceRequest',
    'Task',
    'CarePlan',
    'Condition',
    'Consent',
    'Encounter',
    'Communication',
    'Appointment',
    'EpisodeOfCare',
    'Goal',
    'Flag',
    'Device',
    'AllergyIntolerance',
    'MedicationStatement',
    'Procedure',
  ],
  'activity-directory': [
    'Organization',
    'Location',
    'HealthcareService',
    'Practitioner',
    'PractitionerRole',
    'Endpoint',
    'OrganizationAffiliation',
    'Schedule',
    'Slot',
    'VerificationResult',
    'PlanDefinition',
    'ActivityDefinition',
  ],
  questionnaire: ['Questionnaire', 'QuestionnaireResponse', 'Observation', 'ValueSet', 'CodeSystem', 'ConceptMap'],
  outcomes: ['Composition', 'DocumentReference', 'Binary', 'Measure', 'MeasureReport', 'Group', 'Library'],
  subscriptions: ['Subscription', 'Basic'],
} as const satisfies Record<string, readonly string[]>;

export type ServiceName = keyof typeof owners;
export type OwnedType = (typeof owners)[ServiceName][number];

export const serviceNames = Object.keys(owners) as ServiceName[];

export function isServiceName(name: string): name is ServiceName {
  return (serviceNames as readonly string[]).includes(name);
}

const ownerByType = new Map<string, ServiceName>(
  serviceNames.flatMap((service) => owners[service].map((type) => [type, service] as const)),
);

/** The service that stores this resource type; undefined for a type that Ginnel does not serve. */
export function ownerOf(type: string): ServiceName | undefined {
  return ownerByType.get(type);
}

export function isOwnedType(type: string): type is OwnedType {
  return ownerByType.has(type);
}

/** Types that several services claim: none may. */
export function doubleOwners(table: Record<string, readonly string[]> = owners): string[] {
  const types = Object.values(table).flat();
  return [...new Set(types.filter((type, index) => types.indexOf(type) !== index))];
}
