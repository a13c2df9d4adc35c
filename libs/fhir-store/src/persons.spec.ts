import { personsIn } from './persons.js';

const of = (resource: { resourceType: string; id?: string }) =>
  personsIn({ type: resource.resourceType, id: resource.id ?? 'x', content: JSON.stringify(resource) });

describe('the persons of a resource', () => {
  it('are the Patients that it refers to, wherever it does', () => {
    const task = {
      resourceType: 'Task',
      for: { reference: 'Patient/p2' },
      contained: [{ resourceType: 'RelatedPerson', patient: { reference: 'Patient/p1' } }],
      note: [{ authorReference: { reference: 'Patient/p2/_history/3' } }],
      requester: { reference: 'https://ginnel.example/fhir/Patient/p-3.x' },
    };
    expect(of(task)).toEqual(['p-3.x', 'p1', 'p2']);
  });

  it('are of a Patient itself alone: whom it is linked to is another record', () => {
    expect(of({ resourceType: 'Patient', id: 'p1', link: [{ other: { reference: 'Patient/p2' } }] } as never)).toEqual([
      'p1',
    ]);
  });

  it('are nobody where a text only looks like a reference', () => {
    const text = { resourceType: 'Basic', description: '"reference":"Patient/p1"', url: 'Patient/p1' };
    expect(of({ ...text, x: { reference: 'RelatedPatient/p1' } } as never)).toEqual([]);
    expect(of({ resourceType: 'Location' })).toEqual([]);
  });
});
