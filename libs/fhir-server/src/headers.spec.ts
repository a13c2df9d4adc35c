import { etagOf, ifMatchOf, isKnown, preferOf, refuseOtherBodies } from './headers.js';

const fhirBodies = ['application/fhir+json', 'application/json'];

describe('what a client prefers', () => {
  it.each([
    [{}, { return: 'representation', lenient: false, async: false }],
    [{ prefer: 'return=minimal' }, { return: 'minimal', lenient: false, async: false }],
    [
      { prefer: 'return=OperationOutcome, handling=lenient' },
      { return: 'OperationOutcome', lenient: true, async: false },
    ],
    [{ prefer: 'handling=strict; return=representation' }, { return: 'representation', lenient: false, async: false }],
    [{ prefer: 'respond-async, return=everything' }, { return: 'representation', lenient: false, async: true }],
  ])('%j is understood as %j', (headers, expected) => {
    expect(preferOf(headers)).toEqual(expected);
  });
});

describe('versions in headers', () => {
  it.each([
    [undefined, undefined],
    ['*', '*'],
    ['W/"3"', 3],
    ['"12"', 12],
  ])('If-Match %s names version %s', (value, version) => {
    expect(ifMatchOf(value)).toBe(version);
  });

  it.each(['3', 'W/3', 'W/"0"', 'W/"x"', '', 'W/"1", W/"2"', 'W/"99999999999"'])('If-Match %j is refused', (value) => {
    expect(() => ifMatchOf(value)).toThrow('If-Match must be the ETag of a version');
  });

  it('knows a version by any of the tags that the client has', () => {
    expect(isKnown(2, { 'if-none-match': 'W/"1", W/"2"' })).toBe(true);
    expect(isKnown(2, { 'if-none-match': '"2"' })).toBe(true);
    expect(isKnown(2, { 'if-none-match': '*' })).toBe(true);
    expect(isKnown(2, { 'if-none-match': etagOf(12) })).toBe(false);
    expect(isKnown(2, {})).toBe(false);
  });
});

describe('formats', () => {
  it.each([
    { 'content-type': 'application/fhir+json' },
    { 'content-type': 'Application/JSON; charset=UTF-8' },
    { 'content-type': 'application/fhir+json; fhirVersion="4.0"' },
  ])('takes a body sent as %j', (headers) => {
    expect(() => {
      refuseOtherBodies(headers, fhirBodies);
    }).not.toThrow();
  });

  it.each([
    {},
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/fhir+xml' },
    { 'content-type': 'application/fhir+json; charset=iso-8859-1' },
    { 'content-type': 'application/fhir+json; fhirVersion=3.0' },
    { 'content-type': 'application/fhir+json', 'content-encoding': 'br' },
    { 'content-type': ';;;' },
  ])('refuses a body sent as %j', (headers) => {
    expect(() => {
      refuseOtherBodies(headers, fhirBodies);
    }).toThrow('Send the body as application/fhir+json');
  });
});
