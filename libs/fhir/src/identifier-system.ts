/** Identifier systems of the NHS and HL7 UK as they are written today; messages of the wild write them in many ways. */
export const odsOrganisationSystem = 'https://fhir.nhs.uk/Id/ods-organization-code';
export const dosServiceSystem = 'https://fhir.nhs.uk/Id/dos-service-id';

/**
 * One spelling for one system: http and https, `/id/` and `/Id/`, organisation and organization, and the NHS number's
 * OID come out as the published URL. Any other system comes out as it went in. Keep the original for echoing it.
 */
export function normaliseIdentifierSystem(system: string): string {
  if (system === 'urn:oid:2.16.840.1.113883.2.1.4.1') return 'https://fhir.nhs.uk/Id/nhs-number';
  const found = /^https?:\/\/(fhir(?:\.hl7\.org|\.nhs)\.uk)\/id\/([^/]+?)\/?$/i.exec(system);
  if (found === null) return system;
  const [, host = '', name = ''] = found;
  return `https://${host.toLowerCase()}/Id/${normaliseName(name)}`;
}

function normaliseName(name: string): string {
  const written = name.toLowerCase().replace('organisation', 'organization');
  return written === 'ubrn' ? 'UBRN' : written;
}
