import { mark, traceIn } from './marked.js';

describe('a trace of a person', () => {
  it.each([
    `x ${mark.number} y`,
    `{"msg":"identifier=https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C${mark.other}"}`,
    'NHS 999 777 1206',
    'postcode=ZZ99+9QX',
    'postcode=ZZ99%209QX',
    mark.family.toUpperCase(),
    `born ${mark.birth}`,
    'Invented: long-term knee pain',
  ])('is found in "%s"', (text) => {
    expect(traceIn(text)).toBeDefined();
  });

  it('is no id, code or time, and no name of FHIR where those may be told', () => {
    expect(traceIn('{"id":"0198c2f4-77aa-7000-8000-0123456789ab","time":"2026-11-22T03:00:00Z"}')).toBeUndefined();
    expect(traceIn(`'${mark.name}' is not known`, { names: false })).toBeUndefined();
    expect(traceIn(`'${mark.name}' is not known`)).toBeDefined();
  });
});
