import type { QuestionnaireResponse } from 'fhir/r4';
import { responseMayChange } from './response-change.rule.js';

type Status = QuestionnaireResponse['status'];

function response(status: Status, more: Partial<QuestionnaireResponse> = {}): QuestionnaireResponse {
  return {
    resourceType: 'QuestionnaireResponse',
    status,
    questionnaire: 'https://ginnel.org.uk/fhir/Questionnaire/msk-hq|1.0.0',
    subject: { reference: 'Patient/a' },
    basedOn: [{ reference: 'ServiceRequest/a' }],
    ...more,
  };
}

describe('answers that change', () => {
  it('go on and never back', () => {
    const statuses: Status[] = ['in-progress', 'completed', 'amended', 'stopped', 'entered-in-error'];
    const ways = statuses.map((before) =>
      statuses.filter((after) => responseMayChange(response(before), response(after)).length === 0),
    );
    expect(ways).toEqual([
      ['in-progress', 'completed', 'stopped', 'entered-in-error'],
      ['amended', 'entered-in-error'],
      ['amended', 'entered-in-error'],
      ['entered-in-error'],
      [],
    ]);
  });

  it('stay with their person, their referral and their form', () => {
    const moved = {
      subject: { reference: 'Patient/b' },
      basedOn: [{ reference: 'ServiceRequest/b' }],
      questionnaire: 'https://ginnel.org.uk/fhir/Questionnaire/loneliness|1.0.0',
    };
    const issues = responseMayChange(response('completed'), response('amended', moved));
    expect(issues.map(({ expression }) => expression)).toEqual([
      ['QuestionnaireResponse.basedOn'],
      ['QuestionnaireResponse.subject'],
      ['QuestionnaireResponse.questionnaire'],
    ]);
  });
});
