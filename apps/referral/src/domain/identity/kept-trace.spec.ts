import { describe, expect, it } from '@jest/globals';
import type { Patient } from 'fhir/r4';
import { deniesTrace, traceKept } from './kept-trace.js';
import { verificationStatusExtension, verificationStatusOf } from './nhs-number.js';

const traced = person('9990000018', '01');

describe('A number that was traced', () => {
  it.each([
    ['02', true],
    ['number-present-but-not-traced', true],
    [undefined, false],
  ])('stays traced when it is told with %s', (status, isDenied) => {
    const said = person('9990000018', status);
    expect([statusIn(traceKept(traced, said)), deniesTrace(traced, said)]).toEqual(['01', isDenied]);
  });

  it.each<[string, Patient]>([
    ['another number', person('9990000026', '02')],
    ['another birth date', { ...person('9990000018', '02'), birthDate: '1990-01-01' }],
    ['another family name', { ...person('9990000018', '02'), name: [{ family: 'Other' }] }],
  ])('says nothing of %s', (_, said) => {
    expect([traceKept(traced, said), deniesTrace(traced, said)]).toEqual([said, false]);
  });
});

it('A number that was not traced takes the newer word', () => {
  const [verified, silent] = [person('9990000018', '01'), person('9990000018')];
  expect([traceKept(person('9990000018', '02'), verified), traceKept(person('9990000018', '02'), silent)]).toEqual([
    verified,
    silent,
  ]);
});

function person(value: string, code?: string): Patient {
  const extension = [{ url: verificationStatusExtension, valueCodeableConcept: { coding: [{ code: code ?? '' }] } }];
  const identifier = {
    system: 'https://fhir.nhs.uk/Id/nhs-number',
    value,
    ...(code === undefined ? {} : { extension }),
  };
  return {
    resourceType: 'Patient',
    identifier: [identifier],
    birthDate: '1961-04-09',
    name: [{ family: 'Testperson' }],
  };
}

function statusIn({ identifier: [one = {}] = [] }: Patient): string | undefined {
  return verificationStatusOf(one);
}
