import type { HealthcareService, Observation, Patient, Slot, Task } from 'fhir/r4';
import { matches } from './matches.js';
import { parseSearch } from './parse-search.js';
import type { SearchQuery } from './search.js';

const task: Task = {
  resourceType: 'Task',
  id: 't1',
  meta: { lastUpdated: '2026-03-14T10:00:00.000Z', profile: ['https://example.org/Task|1.0'] },
  status: 'in-progress',
  intent: 'order',
  identifier: [
    {
      system: 'https://example.org/ubrn',
      value: '0001',
      type: { coding: [{ system: 'https://example.org/t', code: 'PLAC' }] },
    },
    { value: 'bare' },
  ],
  businessStatus: { coding: [{ system: 'https://example.org/s', code: 'waitlisted' }] },
  for: { reference: 'Patient/p1/_history/3' },
  owner: { identifier: { system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: 'A99' } },
  authoredOn: '2026-03-14',
};
const service: HealthcareService = { resourceType: 'HealthcareService', name: 'Crèche  & Walking group', active: true };
const slot: Slot = {
  resourceType: 'Slot',
  status: 'free',
  schedule: { reference: 'Schedule/walks' },
  start: '2027-01-12T10:00:00Z',
  end: '2027-01-12T11:00:00Z',
};
const observation: Observation = {
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'https://example.org/s', code: 'mood', display: 'Mood of the day' }], text: 'mood' },
  valueQuantity: { value: 5.4, unit: 'points', system: 'https://example.org/u', code: 'pt' },
  component: [{ code: { coding: [{ code: 'sleep' }] }, valueQuantity: { value: 8, unit: 'h' } }],
};
const patient: Patient = { resourceType: 'Patient', link: [], generalPractitioner: [{ reference: 'Organization/gp' }] };

describe('a resource meets criteria', () => {
  it.each([
    ['Task', task],
    ['Task?', task],
    ['Task?_id=t1', task],
    ['Task?_lastUpdated=2026-03-14', task],
    ['Task?_lastUpdated=gt2026-03-13', task],
    ['Task?_profile=https://example.org/Task', task],
    ['Task?status=in-progress', task],
    ['Task?status=requested,in-progress', task],
    ['Task?status=http://hl7.org/fhir/task-status|in-progress', task],
    ['Task?status=http://hl7.org/fhir/task-status|', task],
    ['Task?status=in-progress&intent=order', task],
    ['Task?status:not=completed', task],
    ['Task?identifier=0001', task],
    ['Task?identifier=https://example.org/ubrn|0001', task],
    ['Task?identifier=|bare', task],
    ['Task?business-status=waitlisted', task],
    ['Task?patient=p1', task],
    ['Task?patient=Patient/p1', task],
    ['Task?subject:Patient=p1', task],
    ['Task?owner:identifier=https://fhir.nhs.uk/Id/ods-organization-code|A99', task],
    ['Task?code:not=x', task],
    ['Task?code:missing=true', task],
    ['Task?status:missing=false', task],
    ['Task?authored-on=2026-03', task],
    ['Task?authored-on=le2026-03-14', task],
    ['HealthcareService?name=creche', service],
    ['HealthcareService?name:contains=walking', service],
    ['HealthcareService?name:exact=Crèche  %26 Walking group', service],
    ['HealthcareService?active=true', service],
    ['Slot?start=2027-01-12', slot],
    ['Slot?start=ge2027-01-12T10:00:00Z', slot],
    ['Slot?start=sa2027-01-11', slot],
    ['Slot?start=ap2027-01-12', slot],
    ['Slot?schedule=Schedule/walks', slot],
    ['Observation?status=final', observation],
    ['Observation?code:text=day', observation],
    ['Observation?code:text=mood+of', observation],
    ['Observation?value-quantity=5.4', observation],
    ['Observation?value-quantity=gt5|https://example.org/u|pt', observation],
    ['Observation?value-quantity=5.4||points', observation],
    ['Observation?code-value-quantity=mood$gt5', observation],
    ['Observation?component-code-value-quantity=sleep$8||h', observation],
    ['Observation?combo-code-value-quantity=sleep$ge8', observation],
    ['Task?identifier:of-type=https://example.org/t|PLAC|0001', task],
    ['Task?_profile:below=https://example.org/', task],
    ['Task?_profile:above=https://example.org/Task/of/mine', task],
    ['Task?owner:missing=false', task],
    ['Patient?general-practitioner=Organization/gp', patient],
  ])('%s', (criteria, resource) => {
    expect(matches(criteriaOf(criteria), resource)).toBe(true);
  });

  it.each([
    ['HealthcareService', task],
    ['Task?_id=t2', task],
    ['Task?_lastUpdated=lt2026-03-14', task],
    ['Task?status=completed', task],
    ['Task?status=IN-PROGRESS', task],
    ['Task?status=https://example.org/other|in-progress', task],
    ['Task?status=in-progress&intent=plan', task],
    ['Task?status:not=in-progress', task],
    ['Task?status:not=draft,in-progress', task],
    ['Task?identifier=|0001', task],
    ['Task?identifier=https://example.org/other|0001', task],
    ['Task?patient=p2', task],
    ['Task?patient=https://other.example/fhir/Patient/p1', task],
    ['Task?owner:missing=true', task],
    ['Task?owner=Organization/A99', task],
    ['Task?code=x', task],
    ['Task?identifier:of-type=https://example.org/t|MR|0001', task],
    ['Task?_profile:below=https://example.org/Other', task],
    ['Observation?code:text=ood', observation],
    ['Observation?value-quantity=5.0', observation],
    ['Observation?value-quantity=5.4||h', observation],
    ['Observation?code-value-quantity=mood$gt6', observation],
    ['Observation?code-value-quantity=sleep$8', observation],
    ['Observation?combo-code-value-quantity=sleep$lt8', observation],
    ['Task?authored-on=ne2026-03-14', task],
    ['Task?authored-on=eb2026-03-14', task],
    ['HealthcareService?name=walking', service],
    ['HealthcareService?name:exact=creche', service],
    ['HealthcareService?active:missing=true', service],
    ['Slot?start=gt2027-01-12', slot],
    ['Slot?start=2027-01-13', slot],
    ['Patient?general-practitioner=Practitioner/gp', patient],
  ])('but not %s', (criteria, resource) => {
    expect(matches(criteriaOf(criteria), resource)).toBe(false);
  });
});

function criteriaOf(text: string): SearchQuery {
  const [type = '', ...rest] = text.split('?');
  return parseSearch(type, new URLSearchParams(rest.join('?')), { lenient: false }).query;
}
