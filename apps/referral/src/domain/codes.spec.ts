import { readFileSync } from 'node:fs';
import type { CodeSystem } from 'fhir/r4';
import { businessStatuses, businessStatusSystem, rejectedReasons } from './codes.js';
import { nhsReasonOf, statusReasonOf, statusReasons, statusReasonSystem, withNhsReason } from './status-reasons.js';

describe("a referral's code systems", () => {
  it.each([
    ['referral-business-status', businessStatusSystem, businessStatuses],
    ['referral-status-reason', statusReasonSystem, Object.keys(statusReasons)],
  ])('%s holds the codes that are used, each with its meaning', (name, url, codes) => {
    const file = new URL(`../../../../ig/code-systems/${name}.json`, import.meta.url);
    const { url: canonical, concept = [] } = JSON.parse(readFileSync(file, 'utf8')) as CodeSystem;
    expect([canonical, concept.map(({ code }) => code)]).toEqual([url, [...codes]]);
    expect(concept.filter(({ display, definition }) => !display || !definition)).toEqual([]);
  });
});

describe('a statusReason', () => {
  it('in words of Ginnel is sent with the nearest of the NHS', () => {
    const own = { coding: [{ system: statusReasonSystem, code: 'out-of-area' }] };
    expect(withNhsReason(own).coding?.map(({ code }) => code)).toEqual(['out-of-area', '42']);
    expect(withNhsReason(withNhsReason(own))).toEqual(withNhsReason(own));
  });

  it('has an NHS code and an ITK3 response code for each of them', () => {
    const nhs: readonly string[] = Object.values(rejectedReasons);
    const faults = Object.values(statusReasons).filter(
      (reason) => !nhs.includes(reason.nhs) || !/^300(0[5-9]|1[0-8])$/.test(reason.itk),
    );
    expect(faults).toEqual([]);
  });

  it.each([
    ['https://fhir.nhs.uk/CodeSystem/dos-rejected-reasons-bars', '42', '42'],
    ['https://fhir.nhs.uk/CodeSystem/dos-rejected-reasons-bars', '98', undefined],
    [statusReasonSystem, 'duplicate', '99'],
    [statusReasonSystem, 'toString', undefined],
    ['https://elsewhere.example/reasons', '42', undefined],
  ])('%s|%s means %s to the NHS', (system, code, nhs) => {
    expect(nhsReasonOf({ coding: [{ system, code }] })).toBe(nhs);
    expect(statusReasonOf({ coding: [{ system, code: 'toString' }] })).toBeUndefined();
  });
});
