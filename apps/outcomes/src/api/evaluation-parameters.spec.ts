import type { Parameters } from 'fhir/r4';
import type { FhirRequest } from '#fhir-server';
import { parametersOf, wishOf } from './evaluation-parameters.js';

const known = ['instrument', 'periodStart', 'periodEnd', 'cutOff'];

function request(query: string, resource?: Parameters): FhirRequest {
  return {
    caller: { client: 'c', role: 'analyst', audience: ['public'] },
    act: { agent: 'c', interaction: '$evaluation', correlationId: '1' },
    method: resource ? 'POST' : 'GET',
    type: 'Measure',
    id: 'msk-connect',
    query: new URLSearchParams(query),
    headers: {},
    ...(resource && { resource }),
    // In England it is the next day already.
    now: new Date('2024-07-31T23:30:00Z'),
    newId: () => '1',
  };
}

function wish(query: string, resource?: Parameters) {
  const asked = request(query, resource);
  return wishOf(asked, parametersOf(asked, known));
}

describe('what an evaluation is asked for', () => {
  it('is the period that the query or the Parameters name', () => {
    const resource: Parameters = {
      resourceType: 'Parameters',
      parameter: [
        { name: 'periodStart', valueDate: '2021-03-01' },
        { name: 'periodEnd', valueDate: '2021-07-31' },
        { name: 'cutOff', valueDateTime: '2021-08-01' },
      ],
    };
    const expected = {
      measureId: 'msk-connect',
      instrument: undefined,
      period: { start: '2021-03-01', end: '2021-07-31' },
      cutOff: '2021-08-01',
    };
    const query = 'periodStart=2021-03-01&periodEnd=2021-07-31&cutOff=2021-08-01';
    expect([wish('', resource), wish(query)]).toEqual([expected, expected]);
  });

  it('is by default the twelve months up to today', () => {
    expect(wish('instrument=msk-hq')).toEqual({
      measureId: 'msk-connect',
      instrument: 'msk-hq',
      period: { start: '2023-08-02', end: '2024-08-01' },
      cutOff: '2024-07-31T23:30:00.000Z',
    });
  });

  it.each([
    ['a parameter that is not known', 'family=x', 'known are instrument, periodStart, periodEnd, cutOff'],
    ['one that is given twice', 'instrument=a&instrument=b', 'instrument is given twice'],
    ['half a period', 'periodStart=2021-03-01', 'go together'],
  ])('is refused with %s', (_, query, diagnostics) => {
    expect(() => wish(query)).toThrow(diagnostics);
  });

  it('is refused with a body of another type, or a parameter of a type that is not taken', () => {
    const patient = { resourceType: 'Patient' } as unknown as Parameters;
    const counted: Parameters = { resourceType: 'Parameters', parameter: [{ name: 'instrument', valueInteger: 1 }] };
    expect(() => wish('', patient)).toThrow('Send a Parameters resource.');
    expect(() => wish('', counted)).toThrow('A parameter is a string');
  });
});
