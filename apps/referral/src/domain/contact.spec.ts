import type { Communication, Encounter, Extension, Task } from 'fhir/r4';
import { base, contactDueExtension, readinessExtension, readinessSystem } from './codes.js';
import { contacted, contactResultExtension, contactResultSystem, takenBack } from './contact.js';
import { attemptsOf, contactChannelSystem } from './contact-attempts.js';
import { contactCountOf, readinessOf } from './readiness.js';

const now = new Date('2026-11-22T10:00:00Z');
const task: Task = { resourceType: 'Task', status: 'received', intent: 'order' };
const coded = (system: string, code: string) => ({ valueCodeableConcept: { coding: [{ system, code }] } });
const result = (code: string): Extension => ({ url: contactResultExtension, ...coded(contactResultSystem, code) });
const green: Extension = { url: readinessExtension, ...coded(readinessSystem, 'green') };

function call(...extension: Extension[]): Encounter {
  return { resourceType: 'Encounter', status: 'finished', class: { code: 'VR' }, extension };
}

describe('a contact', () => {
  it('that reached somebody leaves the readiness, the count and the next date, and no attempt', () => {
    const tried = contacted(task, call(result('no-answer')), now) ?? task;
    const next = { url: contactDueExtension, valueDate: '2026-12-01' };
    const reached = contacted(tried, call(green, next), now) ?? task;
    expect([readinessOf(reached), contactCountOf(reached), attemptsOf(reached)]).toEqual(['green', 2, []]);
    expect(reached.extension?.find(({ url }) => url === contactDueExtension)?.valueDate).toBe('2026-12-01');
  });

  it('that agrees no next one ends the one that was agreed', () => {
    const due: Task = { ...task, extension: [{ url: contactDueExtension, valueDate: '2026-11-22' }] };
    expect(contacted(due, call(green), now)?.extension?.map(({ url }) => url)).not.toContain(contactDueExtension);
  });

  it('that reached nobody is an attempt, in its channel and at its time', () => {
    const letter: Communication = {
      resourceType: 'Communication',
      status: 'completed',
      sent: '2026-11-20T09:00:00Z',
      medium: [{ coding: [{ system: contactChannelSystem, code: 'letter' }] }],
      extension: [result('no-answer')],
    };
    const tried = contacted(task, letter, now) ?? task;
    expect(attemptsOf(tried)).toEqual([{ channel: 'letter', at: new Date('2026-11-20T09:00:00Z') }]);
    expect(attemptsOf(contacted(tried, call(result('message-left')), now) ?? task)[1]).toEqual({
      channel: 'other',
      at: now,
    });
  });

  it('at a leap second was at the second before it', () => {
    const leap = { ...call(result('no-answer')), period: { start: '2016-12-31T23:59:60Z' } };
    const [attempt] = attemptsOf(contacted(task, leap, now) ?? task);
    expect(attempt?.at).toEqual(new Date('2016-12-31T23:59:59Z'));
  });

  it('that was a mistake leaves no attempt and counts for nothing, and another attempt stays', () => {
    const at = (day: string) => ({ ...call(result('no-answer')), period: { start: `${day}T09:00:00Z` } });
    const tried = contacted(contacted(task, at('2026-11-20'), now) ?? task, at('2026-11-21'), now) ?? task;
    const left = takenBack(tried, at('2026-11-20')) ?? task;
    expect([attemptsOf(left).map((one) => one.at), contactCountOf(left)]).toEqual([
      [new Date('2026-11-21T09:00:00Z')],
      1,
    ]);
    expect(takenBack(left, at('2026-11-20'))).toBe(undefined);
    expect(takenBack(left, at('2026-11-21'))?.extension).toBe(undefined);
    expect(contacted(task, { ...at('2026-11-20'), status: 'entered-in-error' }, now)).toBe(undefined);
  });

  it('that says neither moves nothing', () => {
    expect(contacted(task, call({ url: `${base}/StructureDefinition/contact-language`, valueCode: 'ur' }), now)).toBe(
      undefined,
    );
    expect(contacted(task, call(result('reached')), now)).toBe(undefined);
  });
});
