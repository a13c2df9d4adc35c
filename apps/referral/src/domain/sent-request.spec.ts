import type { ServiceRequest } from 'fhir/r4';
import { newParties, plainlyNamed } from './sent-request.js';

const sent: ServiceRequest = {
  resourceType: 'ServiceRequest',
  status: 'active',
  intent: 'order',
  subject: { reference: 'Patient/1' },
  performer: [{ reference: 'HealthcareService/walks' }, { display: 'whoever is near' }],
};
const [gp, other] = [{ reference: 'Organization/gp' }, { reference: 'Organization/other' }];

describe('a sent ServiceRequest', () => {
  it.each<[how: string, change: Partial<ServiceRequest>, expressions: string[]]>([
    ['the same', {}, []],
    ['its person with a display', { subject: { ...sent.subject, display: 'Ada' } }, []],
    [
      'its performer with a name',
      { performer: [{ ...sent.performer?.[0], display: 'Walks' }, { display: 'whoever is near' }] },
      ['performer'],
    ],
    ['its requester at last', { requester: gp }, []],
    ['another requester', { requester: other }, ['requester']],
    ['another person', { subject: { reference: 'Patient/2' } }, ['subject']],
    ['its performers in another order', { performer: sent.performer?.toReversed() ?? [] }, ['performer']],
  ])('names %s', (_how, change, expressions) => {
    const meant = plainlyNamed(sent, { ...sent, ...change });
    const places = newParties(sent, meant, gp).flatMap(({ expression = [] }) => expression);
    expect(places).toEqual(expressions.map((element) => `ServiceRequest.${element}`));
  });

  it('keeps the words in which it named its parties', () => {
    const named = { ...sent, performer: [{ reference: 'HealthcareService/walks' }], requester: gp };
    const again = {
      ...named,
      subject: { ...sent.subject, display: 'Ada' },
      performer: [{ reference: 'HealthcareService/walks', display: 'Walks' }],
      requester: { ...gp, display: 'GP' },
    };
    expect(plainlyNamed(named, again)).toEqual(named);
  });
});
