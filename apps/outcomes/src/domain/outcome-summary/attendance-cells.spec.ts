import type { Appointment, Task } from 'fhir/r4';
import { appointment, organization, task } from '../../../test/summary-builders.js';
import { isEnded } from './ending.js';
import { partCells } from './attendance-cells.js';

const system = 'https://ginnel.org.uk/fhir/CodeSystem/task-output';
const output = (code: string, value: object) => ({ type: { coding: [{ system, code }] }, ...value });
const began = { executionPeriod: { start: '2021-03-10' } };
const unknown = 'not recorded';

function cells(part: Partial<Task>, ...appointments: Appointment[]): string[] {
  const offer = { task: task('t1', part), activity: 'Walks', provider: organization('p', 'P'), appointments };
  return partCells(offer, { patientId: 'p1', at: '2021-08-02T10:00:00Z', isOpen: !isEnded(offer.task) });
}

describe('what is told of the sessions of a part', () => {
  it('is that they are not recorded, where it began and nobody kept them or said how many there were', () => {
    const all = [unknown, unknown, unknown, unknown, unknown];
    expect(cells({ status: 'completed' })).toEqual(all);
    expect(cells({ status: 'in-progress' })).toEqual(all);
    expect(cells({ ...began, status: 'cancelled' })).toEqual(all);
    expect(cells({ status: 'failed', output: [output('need-met', { valueCode: 'no' })] })).toEqual(all);
  });

  it('is what the provider says of them, where it says it, and never more', () => {
    const [offered, attended] = [
      output('sessions-offered', { valueUnsignedInt: 6 }),
      output('sessions-attended', { valueUnsignedInt: 5 }),
    ];
    const of = (...said: Task['output'] & object) => cells({ ...began, status: 'completed', output: said })[0];
    expect([of(offered, attended), of(attended), of(offered)]).toEqual(['5 of 6', '5', 'not recorded of 6']);
    expect(cells({ ...began, status: 'completed', output: [attended] }).slice(1)).toEqual(Array(4).fill(unknown));
  });

  it('is that there were none where it never began; one who was taken may have missed some', () => {
    const accepted = {
      url: 'https://ginnel.org.uk/fhir/StructureDefinition/state-before',
      valueCodeableConcept: { coding: [{ system: 'http://hl7.org/fhir/task-status', code: 'accepted' }] },
    };
    expect(cells({ status: 'rejected' })).toEqual(['0', '0', '0', '0', 'none']);
    expect(cells({ status: 'failed' })).toEqual(['0', '0', '0', '0', 'none']);
    const missed = ['0', unknown, unknown, unknown, 'none'];
    expect([cells({ status: 'accepted' }), cells({ status: 'failed', extension: [accepted] })]).toEqual([
      missed,
      missed,
    ]);
  });

  it('is not that nobody came, where only sessions were kept of which that is not told', () => {
    const cancelled = appointment('a1', 'cancelled', '2021-04-02T10:00:00Z');
    expect(cells({ ...began, status: 'completed' }, cancelled)).toEqual([unknown, unknown, '1', '0', unknown]);
    const attended = output('sessions-attended', { valueUnsignedInt: 5 });
    const said: Partial<Task> = { ...began, status: 'completed', output: [attended] };
    expect(cells(said, cancelled)).toEqual(['5', unknown, '1', '0', unknown]);
    const missed = appointment('a2', 'noshow', '2021-04-09T10:00:00Z');
    expect(cells({ ...began, status: 'failed' }, cancelled, missed)).toEqual(['0', '1', '1', '0', 'none']);
  });

  it('is both what was kept and what the provider says, where these are two numbers', () => {
    const said = [
      output('sessions-offered', { valueUnsignedInt: 6 }),
      output('sessions-attended', { valueUnsignedInt: 2 }),
    ];
    const of = (...days: string[]) =>
      cells(
        { ...began, status: 'completed', output: said },
        ...days.map((day) => appointment(day, 'fulfilled', `${day}T10:00:00Z`)),
      );
    expect(of('2021-04-02')[0]).toBe('1; the provider says 2 of 6');
    expect(of('2021-04-02', '2021-04-09')[0]).toBe('2');
  });

  describe('where nobody said who came to one', () => {
    const came = appointment('a1', 'fulfilled', '2021-04-02T10:00:00Z');
    const past = appointment('a2', 'booked', '2021-04-09T10:00:00Z');
    const next = appointment('a3', 'booked', '2021-08-09T10:00:00Z');
    const open = { ...began, status: 'in-progress' } as const;
    const ended = { ...began, status: 'completed' } as const;
    const days = '02-Apr-2021 to 02-Apr-2021';

    it('is that this is not recorded, and to come is only what is later', () => {
      expect(cells(open, came, past, next)).toEqual(['1; 1 not recorded', '1 not recorded', '0', '1', days]);
      expect(cells(open, past, next)).toEqual(['1 not recorded', '1 not recorded', '0', '1', unknown]);
      const { start, ...proposed } = appointment('a4', 'proposed', '2021-04-09T10:00:00Z');
      expect([start !== undefined, cells(open, came, proposed)]).toEqual([true, ['1', '0', '0', '1', days]]);
    });

    it('is never that one is to come of what has ended', () => {
      expect(cells(ended, came, past, next)).toEqual(['1; 2 not recorded', '2 not recorded', '0', '0', days]);
      expect(cells({ status: 'cancelled' }, next)).toEqual(['1 not recorded', '1 not recorded', '0', '0', unknown]);
    });

    it('is none of those that were an error', () => {
      const mistaken = appointment('a5', 'entered-in-error', '2021-04-09T10:00:00Z');
      expect(cells(ended, mistaken)).toEqual(Array(5).fill(unknown));
    });
  });
});
