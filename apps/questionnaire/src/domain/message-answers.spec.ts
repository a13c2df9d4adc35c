import type { Bundle, BundleEntry, FhirResource, Observation, QuestionnaireResponse } from 'fhir/r4';
import { answersIn, personsOf } from './message-answers.js';

const place = { basedOn: [{ reference: 'ServiceRequest/sr-1' }], subject: { reference: 'Patient/p-1' } };
const observation = (id: string, more: Partial<Observation> = {}): Observation => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: 'invented' },
  ...more,
});
const response = (id: string, more: Partial<QuestionnaireResponse> = {}): QuestionnaireResponse => ({
  resourceType: 'QuestionnaireResponse',
  id,
  status: 'completed',
  ...more,
});
const core: FhirResource[] = [
  { resourceType: 'ServiceRequest', id: 'sr-1', status: 'active', intent: 'plan', subject: place.subject },
  { resourceType: 'Patient', id: 'p-1' },
];

function kept(resources: readonly FhirResource[], others: readonly BundleEntry[] = []): Bundle {
  const entry = resources.map((resource) => ({ fullUrl: `${resource.resourceType}/${resource.id ?? ''}`, resource }));
  return { resourceType: 'Bundle', type: 'collection', entry: [...entry, ...others] };
}

describe('the answers of a kept message', () => {
  it("hang on the message's referral and person", () => {
    const elsewhere = { basedOn: [{ reference: 'ServiceRequest/of-somebody' }] };
    const parts = [observation('o-1', elsewhere), response('r-1', { ...elsewhere, subject: place.subject })];
    expect(answersIn(kept([...core, ...parts]))).toEqual({
      observations: [observation('o-1', place)],
      responses: [response('r-1', place)],
    });
  });

  it('are not those of another person, nor numbers that say to come from answers', () => {
    const subject = { reference: 'Patient/of-somebody' };
    const derivedFrom = [{ reference: 'QuestionnaireResponse/r-1' }];
    const parts = [
      observation('o-1', { subject }),
      observation('o-2', { subject: { identifier: { value: '7' } } }),
      observation('o-3', { derivedFrom }),
      response('r-2', { subject }),
    ];
    expect(answersIn(kept([...core, ...parts]))).toEqual({ observations: [], responses: [] });
  });

  it('stay said of a thing of the message, and hang on its referral', () => {
    const subject = { reference: '#sent-1' };
    const { observations } = answersIn(kept([...core, observation('o-1', { subject })]));
    expect(observations).toEqual([observation('o-1', { ...place, subject })]);
    expect(personsOf(kept(core))).toEqual(['p-1']);
  });

  it('are those that were handed over, not what the message only keeps', () => {
    const others = [{ fullUrl: 'urn:uuid:1', resource: observation('o-1') }, { resource: response('r-1') }];
    expect(answersIn(kept(core, others))).toEqual({ observations: [], responses: [] });
  });

  it.each([['ServiceRequest'], ['Patient']])('are none where there is no %s', (lacking) => {
    const rest = core.filter(({ resourceType }) => resourceType !== lacking);
    expect(answersIn(kept([...rest, observation('o-1')]))).toEqual({ observations: [], responses: [] });
  });

  it('are of these types only', () => {
    const questionnaire: FhirResource = { resourceType: 'Questionnaire', id: 'q-1', status: 'active' };
    expect(answersIn(kept([...core, questionnaire]))).toEqual({ observations: [], responses: [] });
  });
});
