import { formatFor, formatOfBody } from './negotiation.js';

describe('content negotiation', () => {
  it.each([
    [undefined, 'json'],
    ['*/*', 'json'],
    ['', 'json'],
    ['application/*', 'json'],
    ['application/fhir+json', 'json'],
    ['application/json;q=0.9, text/plain', 'json'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'json'],
    ['application/fhir+json; version=1.1.0', 'json'],
    ['application/fhir+json; fhirVersion=4.0', 'json'],
    ['application/fhir+xml', 'xml'],
    ['Application/XML', 'xml'],
    ['text/xml', 'xml'],
    ['application/fhir+json;q=0.5, application/fhir+xml', 'xml'],
    ['application/fhir+xml;q=0.5, application/fhir+json;q=0.6', 'json'],
    ['application/fhir+xml, application/fhir+json', 'xml'],
    ['application/fhir+json, application/fhir+xml', 'json'],
    ['application/fhir+xml, */*;q=0.1', 'xml'],
    ['application/fhir+xml;q=0, */*', 'json'],
    ['application/fhir+json;q=0, */*', 'xml'],
    ['application/fhir+xml;q=0.2, */*;q=0.8', 'json'],
  ])('answers a client that accepts %s with %s', (accept, format) => {
    expect(formatFor(accept, null)).toBe(format);
  });

  it.each([
    'application/pdf',
    'application/fhir+json;q=0',
    'application/fhir+json; fhirVersion=5.0',
    'text/turtle',
    'image/*',
  ])('has nothing for a client that accepts only %s', (accept) => {
    expect(formatFor(accept, null)).toBeUndefined();
  });

  it('takes _format before Accept', () => {
    const json = ['json', 'application/json', 'application/fhir+json', 'application/fhir json', '*/*', 'text/json'];
    const xml = ['xml', 'text/xml', 'application/xml', 'application/fhir+xml', 'application/fhir xml; charset=utf-8'];
    const neither = ['turtle', 'html', 'application/fhir+json;fhirVersion=3.0', ''];
    expect(json.map((format) => formatFor('application/fhir+xml', format))).toEqual(json.map(() => 'json'));
    expect(xml.map((format) => formatFor('application/pdf', format))).toEqual(xml.map(() => 'xml'));
    expect(neither.map((format) => formatFor('*/*', format))).toEqual(neither.map(() => undefined));
  });

  it('reads a body by its Content-Type', () => {
    expect(['application/fhir+xml; charset=utf-8', 'text/xml', 'application/json', ''].map(formatOfBody)).toEqual([
      'xml',
      'xml',
      'json',
      'json',
    ]);
  });
});
