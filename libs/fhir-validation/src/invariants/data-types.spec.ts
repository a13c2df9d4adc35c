import { createValidator } from '../validator.js';

const { validate } = createValidator();

function found(resource: unknown): unknown[] {
  return validate(resource).map(({ code, expression, diagnostics }) => [
    code,
    expression?.[0],
    /\((?:[^()]*: )?([^()]*)\)\.$/.exec(diagnostics)?.[1],
  ]);
}

const broken = (expression: string, key: string): unknown[] => [['invariant', expression, key]];
const patient = { reference: 'Patient/1' };
const observation = {
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'http://x', code: 'a' }] },
};

describe('invariants of data types', () => {
  const period = (start: string, end: string): unknown => ({
    resourceType: 'Task',
    status: 'requested',
    intent: 'order',
    executionPeriod: { start, end },
  });

  it.each([
    ['2026', '2026'],
    ['2026-05', '2026'],
    ['2026', '2026-05'],
    ['2026-02-28', '2026-02'],
    ['2026-01-01', '2026-01-01'],
    ['2026-01-01T10:00:00Z', '2026-01-01'],
    ['2026-01-01T10:00:00+01:00', '2026-01-01T09:00:00Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00Z'],
  ])('accepts a period from %s to %s', (start, end) => {
    expect(found(period(start, end))).toEqual([]);
  });

  it.each([
    ['2026', '2025'],
    ['2026-05', '2026-04'],
    ['2026-05-02', '2026-05-01'],
    ['2026-05-03T10:00:00Z', '2026-05-01'],
    ['2026-01-01T10:00:00Z', '2026-01-01T09:59:59Z'],
    ['2026-01-01T10:00:00+01:00', '2026-01-01T10:30:00+02:00'],
  ])('refuses a period from %s to %s', (start, end) => {
    expect(found(period(start, end))).toEqual(broken('Task.executionPeriod', 'per-1'));
  });

  it('holds ranges, ratios, quantities, attachments and contact points to theirs', () => {
    const value = (more: object): unknown => ({ ...observation, ...more });
    expect(found(value({ valueRange: { low: { value: 2 }, high: { value: 1 } } }))).toEqual(
      broken('Observation.value', 'rng-2'),
    );
    expect(found(value({ valueRatio: { numerator: { value: 2 } } }))).toEqual(broken('Observation.value', 'rat-1'));
    expect(found(value({ valueQuantity: { value: 2, code: 'mg' } }))).toEqual(broken('Observation.value', 'qty-3'));
    const person = (more: object): unknown => ({ resourceType: 'Patient', ...more });
    expect(found(person({ photo: [{ data: 'YQ==' }] }))).toEqual(broken('Patient.photo[0]', 'att-1'));
    expect(found(person({ telecom: [{ value: '1' }] }))).toEqual(broken('Patient.telecom[0]', 'cpt-2'));
  });

  it('holds timings to theirs', () => {
    const timed = (repeat: object): unknown => ({
      resourceType: 'ServiceRequest',
      status: 'active',
      intent: 'order',
      subject: patient,
      occurrenceTiming: { repeat },
    });
    expect(found(timed({ duration: 1 }))).toEqual(broken('ServiceRequest.occurrence.repeat', 'tim-1'));
    expect(found(timed({ period: 1 }))).toEqual(broken('ServiceRequest.occurrence.repeat', 'tim-2'));
    expect(found(timed({ period: -1, periodUnit: 'd' }))).toEqual(broken('ServiceRequest.occurrence.repeat', 'tim-5'));
    expect(found(timed({ period: 1, periodUnit: 'wk' }))).toEqual([]);
  });
});
