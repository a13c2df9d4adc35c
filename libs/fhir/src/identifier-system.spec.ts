import { normaliseIdentifierSystem } from './identifier-system.js';

describe('the system of an identifier', () => {
  it.each([
    ['http://fhir.nhs.uk/Id/dos-service-id', 'https://fhir.nhs.uk/Id/dos-service-id'],
    ['https://fhir.nhs.uk/id/ods-organization-code', 'https://fhir.nhs.uk/Id/ods-organization-code'],
    ['https://fhir.nhs.uk/Id/ods-organisation-code', 'https://fhir.nhs.uk/Id/ods-organization-code'],
    ['HTTPS://FHIR.NHS.UK/ID/NHS-NUMBER', 'https://fhir.nhs.uk/Id/nhs-number'],
    ['urn:oid:2.16.840.1.113883.2.1.4.1', 'https://fhir.nhs.uk/Id/nhs-number'],
    ['http://fhir.nhs.uk/id/ubrn/', 'https://fhir.nhs.uk/Id/UBRN'],
    ['http://fhir.hl7.org.uk/Id/hcpc-number', 'https://fhir.hl7.org.uk/Id/hcpc-number'],
  ])('%s is the published %s', (written, published) => {
    expect(normaliseIdentifierSystem(written)).toBe(published);
    expect(normaliseIdentifierSystem(published)).toBe(published);
  });

  it.each(['https://system.supplier.co.uk/Diary/id', 'https://example.org/fhir.nhs.uk/Id/nhs-number', ''])(
    'is left alone where it is not of the NHS: "%s"',
    (system) => {
      expect(normaliseIdentifierSystem(system)).toBe(system);
    },
  );
});
