import type { Practitioner, Task } from 'fhir/r4';
import { besideContained, containing } from './contained.js';

const person = (id: string, family: string): Practitioner => ({ resourceType: 'Practitioner', id, name: [{ family }] });
const signed = (by: Practitioner): Task => ({
  resourceType: 'Task',
  status: 'accepted',
  intent: 'order',
  note: [{ text: 'x', authorReference: { reference: `#${by.id ?? ''}` } }],
  contained: [by],
});

describe('what a message contains', () => {
  it('goes by a name of its own beside another of its name', () => {
    const said = besideContained(signed(person('sent-1', 'Brown')), [person('sent-1', 'Ahmed')]);
    expect(said.contained).toEqual([person('sent-1-2', 'Brown')]);
    expect(said.note?.[0]?.authorReference).toEqual({ reference: '#sent-1-2' });
  });

  it('goes by the name that the same has already', () => {
    const before = [person('sent-1', 'Ahmed'), person('sent-1-2', 'Brown')];
    const said = besideContained(signed(person('sent-1', 'Brown')), before);
    expect(said.note?.[0]?.authorReference).toEqual({ reference: '#sent-1-2' });
    expect(besideContained(signed(person('sent-1', 'Ahmed')), before)).toEqual(signed(person('sent-1', 'Ahmed')));
  });

  it('stays as far as something refers to it', () => {
    const [ahmed, brown] = [person('sent-1', 'Ahmed'), person('sent-2', 'Brown')];
    expect(containing(signed(ahmed), [brown], [ahmed]).contained).toEqual([ahmed]);
    const unsigned: Task = { resourceType: 'Task', status: 'accepted', intent: 'order' };
    expect(containing({ ...unsigned, contained: [ahmed] }, [ahmed])).toEqual(unsigned);
  });
});
