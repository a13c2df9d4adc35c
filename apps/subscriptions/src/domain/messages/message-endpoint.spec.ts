import type { Endpoint } from 'fhir/r4';
import { changedAddressesOf, processMessageAt } from './message-endpoint.js';

const address = 'https://fhir.nhs.uk/Id/dos-service-id|2000099901';
const sought = { address, requester: 'moor-practice' };

function endpoint(more: Partial<Endpoint> = {}): Endpoint {
  return {
    resourceType: 'Endpoint',
    status: 'active',
    identifier: [{ system: 'http://fhir.nhs.uk/id/dos-service-id', value: '2000099901' }],
    connectionType: { code: 'hl7-fhir-msg' },
    payloadType: [{ text: 'BaRS' }],
    managingOrganization: { reference: 'Organization/moor-practice' },
    address: 'https://moor.example.org/FHIR/R4/',
    ...more,
  };
}

describe('where a message is posted to', () => {
  it('is the $process-message of the Endpoint that bears its address, however its system is spelt', () => {
    const whole = endpoint({ address: 'https://moor.example.org/FHIR/R4/$process-message' });
    const expected = 'https://moor.example.org/FHIR/R4/$process-message';
    expect([processMessageAt([endpoint()], sought), processMessageAt([whole], sought)]).toEqual([expected, expected]);
  });

  it.each<[string, Endpoint[]]>([
    ['of another organisation', [endpoint({ managingOrganization: { reference: 'Organization/other' } })]],
    ['of nobody', [{ ...endpoint(), managingOrganization: {} }]],
    ['that is off', [endpoint({ status: 'off' })]],
    ['of another kind', [endpoint({ connectionType: { code: 'hl7-fhir-rest' } })]],
    [
      'of another address',
      [endpoint({ identifier: [{ system: 'https://fhir.nhs.uk/Id/dos-service-id', value: '1' }] })],
    ],
    ['that is not the only one', [endpoint(), endpoint({ address: 'https://elsewhere.example.org' })]],
  ])('is none, of one %s', (_, endpoints) => {
    expect(processMessageAt(endpoints, sought)).toBeUndefined();
  });
});

describe('the addresses for which an Endpoint leads elsewhere', () => {
  it.each<[string, Endpoint | undefined, string[]]>([
    ['are all of a new one', undefined, [address]],
    ['are those that were posted elsewhere', endpoint({ address: 'https://old.example.org' }), [address]],
    ['are those of one that was off', endpoint({ status: 'off' }), [address]],
    ['are none, where only its name is another', endpoint({ name: 'Moor' }), []],
  ])('%s', (_, before, expected) => {
    expect(changedAddressesOf(endpoint(), before)).toEqual(expected);
  });

  it('are none of one that is turned off', () => {
    expect(changedAddressesOf(endpoint({ status: 'off' }), endpoint())).toEqual([]);
  });
});
