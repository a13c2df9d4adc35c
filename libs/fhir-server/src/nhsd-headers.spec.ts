import { nhsdHeadersOf, nhsdObjectIn } from './nhsd-headers.js';

const organisation = {
  resourceType: 'Organization',
  identifier: [{ system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: 'RCD' }],
  name: 'HARROGATE AND DISTRICT NHS FOUNDATION TRUST',
};
const software = {
  resourceType: 'Device',
  identifier: [{ system: 'https://consumersupplier.com/Id/app-identifier', value: 'con-soft-1' }],
  deviceName: [{ name: 'Supplier product name', type: 'manufacturer-name' }],
};
const practitioner = {
  resourceType: 'PractitionerRole',
  identifier: [{ system: 'https://fhir.nhs.uk/Id/sds-role-profile-id', value: '100334993514' }],
  practitioner: { display: 'Dr Ada Person' },
};
const target = { value: '2000011147', system: 'https://fhir.nhs.uk/Id/dos-service-id' };

function base64(value: unknown, encoding: 'base64' | 'base64url' = 'base64'): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString(encoding);
}

describe('the NHSD headers', () => {
  it('say ids and codes, and name nobody', () => {
    expect(
      nhsdHeadersOf({
        'nhsd-target-identifier': base64(target),
        'nhsd-end-user-organisation': base64(organisation),
        'nhsd-requesting-software': base64(software),
        'nhsd-requesting-practitioner': base64(practitioner),
        'use-context': 'a4t2|validation|servicerequest-response|new',
      }),
    ).toEqual({
      target: 'https://fhir.nhs.uk/Id/dos-service-id|2000011147',
      organisation: 'RCD',
      software: 'con-soft-1',
      role: '100334993514',
      useContext: 'a4t2|validation|servicerequest-response|new',
    });
  });

  it.each([
    ['with padding', base64(organisation)],
    ['without padding', base64(organisation).replace(/=+$/, '')],
    ['in the alphabet of URLs', base64({ ...organisation, name: '?>?>~~ÿÿ' }, 'base64url')],
    ['with a version that is an object', base64({ ...organisation, version: { value: '1.0.0' } })],
    ['with a version that is an array', base64({ ...organisation, version: [{ value: '1.0.0' }] })],
    ['with one identifier that is no array', base64({ ...organisation, identifier: organisation.identifier[0] })],
  ])('are read %s', (_how, header) => {
    expect(nhsdHeadersOf({ 'nhsd-end-user-organisation': header })).toEqual({ organisation: 'RCD' });
  });

  it.each([
    ['no Base64', '%%%'],
    ['no JSON', base64('RCD')],
    ['a list', base64([organisation])],
    ['no identifier', base64({ name: 'somebody' })],
    ['a name in the place of an id', base64({ identifier: [{ value: 'Dr Ada Person' }] })],
    ['a number', base64({ identifier: [{ value: 7 }] })],
    ['what may be an NHS number', base64({ identifier: [{ value: '9990000018' }] })],
    ['one written in groups', base64({ identifier: [{ value: '999-000-0018' }] })],
    ['one with its system', base64({ system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9990000018' })],
    ['nothing', ''],
  ])('say nothing where they hold %s', (_what, header) => {
    expect(nhsdHeadersOf({ 'nhsd-end-user-organisation': header, 'nhsd-target-identifier': header })).toEqual({});
  });

  it('are objects or nothing', () => {
    expect(nhsdObjectIn(base64(target))).toEqual(target);
    expect([nhsdObjectIn('null'), nhsdObjectIn(base64('null')), nhsdObjectIn(base64('[]'))]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
