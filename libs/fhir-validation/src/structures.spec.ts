import { ownerOf, owners } from '#fhir';
import { readStructures } from './structures.js';

const structures = readStructures();

describe('the structures that the build keeps', () => {
  it('hold every type that a service owns', () => {
    const owned = Object.values(owners).flat();
    expect(owned.filter((type) => structures.types[type]?.kind !== 'resource')).toEqual([]);
  });

  it('hold the types that are exchanged without an owner', () => {
    const types = Object.entries(structures.types).filter(([, { kind, abstract }]) => kind === 'resource' && !abstract);
    expect(types.map(([name]) => name).filter((name) => ownerOf(name) === undefined)).toEqual([
      'AuditEvent',
      'Bundle',
      'CapabilityStatement',
      'CareTeam',
      'CommunicationRequest',
      'DiagnosticReport',
      'Immunization',
      'ImplementationGuide',
      'List',
      'Medication',
      'MedicationRequest',
      'MessageDefinition',
      'MessageHeader',
      'NamingSystem',
      'OperationDefinition',
      'OperationOutcome',
      'Parameters',
      'Provenance',
      'SearchParameter',
      'Specimen',
      'StructureDefinition',
      'Substance',
    ]);
  });

  it('know the resource types that R4 lists', () => {
    const listed =
      structures.valueSets['http://hl7.org/fhir/ValueSet/resource-types']?.['http://hl7.org/fhir/resource-types'] ?? [];
    const abstract = ['DomainResource', 'Resource'];
    expect(structures.resourceTypes).toEqual(listed.filter((type) => !abstract.includes(type)).sort());
  });

  it('are those of HL7, without what the vendor of the package adds', () => {
    const names = (type: string): string[] => structures.types[type]?.elements.map(({ name }) => name) ?? [];
    expect(names('Meta')).toEqual(['versionId', 'lastUpdated', 'source', 'profile', 'security', 'tag']);
    expect(names('Binary')).toEqual(['contentType', 'securityContext', 'data']);
    const observer = structures.types.AuditEvent?.elements.find(({ name }) => name === 'source')?.elements?.[1];
    expect(observer?.targets).toEqual([
      'PractitionerRole',
      'Practitioner',
      'Organization',
      'Device',
      'Patient',
      'RelatedPerson',
    ]);
  });

  it('expand every required binding but those to open code systems', () => {
    const bindings = JSON.stringify(structures.types).matchAll(/"binding":"([^"]*)"/g);
    const unexpanded = [...bindings].map(([, url]) => url ?? '').filter((url) => !(url in structures.valueSets));
    expect([...new Set(unexpanded)].sort()).toEqual([
      'http://hl7.org/fhir/ValueSet/currencies',
      'http://hl7.org/fhir/ValueSet/mimetypes',
    ]);
  });
});
