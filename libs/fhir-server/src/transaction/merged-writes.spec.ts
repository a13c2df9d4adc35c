import type { Patient, Provenance } from 'fhir/r4';
import { FhirError } from '#fhir';
import type { Write } from '#fhir-store';
import { type EntryWrites, merged } from './merged-writes.js';

const shown = (audience: string[], more: Partial<Patient> = {}, keys: string[] = []): Write => ({
  interaction: 'update',
  resource: { resourceType: 'Patient', id: 'p', ...more },
  audience,
  version: 1,
  keys,
});
const provenance: Provenance = { resourceType: 'Provenance', target: [], recorded: '2026-11-20T10:00:00Z', agent: [] };
const said: Write = { interaction: 'create', resource: provenance, audience: ['a'] };

const entries = (...writes: Write[][]): EntryWrites[] =>
  writes.map((some, at) => ({ place: `Bundle.entry[${String(at)}]`, writes: some }));

function refusalOf(...writes: Write[][]): unknown {
  try {
    return merged(entries(...writes));
  } catch (thrown) {
    if (!(thrown instanceof FhirError)) throw thrown;
    const [issue] = thrown.issues;
    return [thrown.status, issue?.code, issue?.expression, issue?.diagnostics.includes('Bundle.entry[0]')];
  }
}

describe('the writes of several entries', () => {
  it('write once what they all say, seen by everybody whom one of them lets see it', () => {
    expect(merged(entries([shown(['a'])], [shown(['b'])]))).toEqual([shown(['a', 'b'])]);
    expect(merged(entries([said], [said]))).toEqual([{ ...said, audience: ['a', 'a'] }]);
  });

  it('write as often as one of them says it what has no id', () => {
    expect(merged(entries([said, said]))).toEqual([said, said]);
  });

  it('are refused where they say different things of one resource, naming both', () => {
    const refusal = [422, 'business-rule', ['Bundle.entry[1]'], true];
    expect(refusalOf([shown(['a'])], [shown(['a'], { active: true })])).toEqual(refusal);
    const ended: Write = { interaction: 'delete', type: 'Patient', id: 'p', audience: ['a'], version: 1 };
    expect(refusalOf([shown(['a'])], [ended])).toEqual(refusal);
  });

  it('are refused where they want the same thing that is had once, naming both', () => {
    expect(refusalOf([shown(['a'], {}, ['place'])], [shown(['a'], { id: 'q' }, ['place'])])).toEqual([
      422,
      'duplicate',
      ['Bundle.entry[1]'],
      true,
    ]);
  });
});
