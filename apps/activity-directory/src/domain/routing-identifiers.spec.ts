import type { HealthcareService, Organization } from 'fhir/r4';
import { newRoutingIdentifiers, routingIdentifiersOf, routingKeysOf } from './routing-identifiers.js';

const dos = 'https://fhir.nhs.uk/Id/dos-service-id';
const ods = 'https://fhir.nhs.uk/Id/ods-organization-code';

function service(...identifier: { system?: string; value?: string }[]): HealthcareService {
  return { resourceType: 'HealthcareService', identifier };
}

describe('an identifier that routes referrals', () => {
  it('is the same key in whichever spelling of its system', () => {
    const spellings = [dos, 'http://fhir.nhs.uk/id/dos-service-id', 'HTTPS://FHIR.NHS.UK/Id/DOS-SERVICE-ID/'];
    const keys = spellings.map((system) => routingKeysOf(service({ system, value: '2000099901' })));
    expect(keys).toEqual(spellings.map(() => [`identifier|HealthcareService|${dos}|2000099901`]));
  });

  it('is the service id of a service and the ODS code of an organisation, and no other', () => {
    const organisation: Organization = {
      resourceType: 'Organization',
      identifier: [
        { system: dos, value: '1' },
        { system: ods, value: 'X99' },
      ],
    };
    expect([
      routingKeysOf(service({ system: ods, value: 'X99' }, { value: '1' }, { system: dos })),
      routingIdentifiersOf(organisation),
      routingKeysOf({ resourceType: 'Location' }),
    ]).toEqual([
      [],
      [{ expression: 'Organization.identifier[1]', value: 'X99', key: `identifier|Organization|${ods}|X99` }],
      [],
    ]);
  });

  it('is new where the entry did not bear it before', () => {
    const before = service({ system: dos, value: '1' });
    const after = service({ system: dos, value: '2' }, { system: 'http://fhir.nhs.uk/Id/dos-service-id', value: '1' });
    expect(newRoutingIdentifiers(after, before).map(({ expression }) => expression)).toEqual([
      'HealthcareService.identifier[0]',
    ]);
  });
});
