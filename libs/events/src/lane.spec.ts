import type { FhirResource } from 'fhir/r4';
import { laneOf } from './lane.js';

const request = { reference: 'ServiceRequest/1' };

describe('what is told in order', () => {
  it.each([
    [{ resourceType: 'ServiceRequest', id: '1' }, 'ServiceRequest/1'],
    [{ resourceType: 'ServiceRequest', id: '2', basedOn: [request] }, 'ServiceRequest/2'],
    [{ resourceType: 'Task', id: '2', focus: request }, 'ServiceRequest/1'],
    [
      { resourceType: 'Task', id: '3', basedOn: [request], focus: { reference: 'Questionnaire/9' } },
      'ServiceRequest/1',
    ],
    [{ resourceType: 'QuestionnaireResponse', id: '4', basedOn: [request] }, 'ServiceRequest/1'],
    [{ resourceType: 'DocumentReference', id: '5', context: { related: [request] } }, 'ServiceRequest/1'],
    [{ resourceType: 'Observation', id: '6', basedOn: [{ reference: 'CarePlan/1' }] }, 'Observation/6'],
    [{ resourceType: 'Encounter', id: '7', context: { reference: 'x' } }, 'Encounter/7'],
    [{ resourceType: 'HealthcareService', id: '8' }, 'HealthcareService/8'],
  ])('%j belongs to %s', (resource, lane) => {
    const { resourceType: type, id } = resource;
    expect(laneOf({ type, id }, resource as unknown as FhirResource)).toBe(lane);
  });

  it('is the resource itself where the event does not carry it', () => {
    expect(laneOf({ type: 'Task', id: '1' }, undefined)).toBe('Task/1');
  });
});
