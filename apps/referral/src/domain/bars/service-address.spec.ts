import { base64 } from './example-messages.js';
import { serviceAddressOf, targetIdentifierOf } from './service-address.js';

describe('the address of a service', () => {
  it.each([
    'https://fhir.nhs.uk/Id/dos-service-id|2000011147',
    'http://fhir.nhs.uk/Id/dos-service-id|2000011147',
    'https://fhir.nhs.uk/id/dos-service-id|2000011147',
  ])('is the same in every spelling: %s', (endpoint) => {
    expect(serviceAddressOf(endpoint)).toEqual({
      system: 'https://fhir.nhs.uk/Id/dos-service-id',
      value: '2000011147',
    });
  });

  it('may be of another system', () => {
    const address = { system: 'https://ginnel.org.uk/Id/healthcare-service', value: 'walking-group' };
    expect(serviceAddressOf('https://ginnel.org.uk/Id/healthcare-service|walking-group')).toEqual(address);
  });

  it.each([undefined, '', '2000011147', '[ODSCode]:[DoSId]', 'urn:uuid:1|2', 'https://a.uk/b|', 'https://a.uk/b|1|2'])(
    'is a system and a value, and not %s',
    (endpoint) => {
      expect(serviceAddressOf(endpoint)).toBeUndefined();
    },
  );
});

describe('the target identifier', () => {
  const identifier = { value: '2000011147', system: 'https://fhir.nhs.uk/Id/dos-service-id' };
  const address = { system: identifier.system, value: identifier.value };

  it.each([
    ['with padding', base64(identifier)],
    ['without padding', base64(identifier).replace(/=+$/, '')],
    ['in the URL alphabet', Buffer.from(JSON.stringify(identifier)).toString('base64url')],
  ])('is read %s', (_title, header) => {
    expect(targetIdentifierOf(header)).toEqual({ address });
  });

  it.each([
    ['', 'is not Base64'],
    ['{"value":"1"}', 'is not Base64'],
    [Buffer.from('2000011147|').toString('base64'), 'is not the Base64 of a JSON object'],
    [base64('text'), 'is not the Base64 of a JSON object'],
    [base64(null), 'is not the Base64 of a JSON object'],
    [base64({ value: 2000011147, system: 'x' }), 'does not hold a system and a value'],
    [base64([]), 'does not hold a system and a value'],
  ])('tells its fault: "%s"', (header, fault) => {
    expect(targetIdentifierOf(header)).toEqual({ fault });
  });
});
