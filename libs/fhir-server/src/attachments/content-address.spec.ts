import type { DocumentReference } from 'fhir/r4';
import { addressIssues } from './content-address.js';

function letterAt(url: string): DocumentReference {
  return { resourceType: 'DocumentReference', status: 'current', content: [{ attachment: { url } }] };
}

describe('the address of content', () => {
  it.each(['Binary/letter', 'https://records.example/letter.pdf', 'urn:uuid:4c1e0dd4-1c0f-4d6c-9a3a-0c4f0f6b5b0e'])(
    'may be %s',
    (url) => {
      expect(addressIssues(letterAt(url))).toEqual([]);
    },
  );

  it.each([
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'java\tscript:alert(1)',
    'data:text/html;base64,PGh0bWw+',
    'file:///etc/passwd',
    'vbscript:x',
    'blob:https://records.example/1',
  ])('is never %j', (url) => {
    expect(addressIssues(letterAt(url)).map(({ code, expression }) => [code, expression])).toEqual([
      ['value', ['DocumentReference.content[0].attachment.url']],
    ]);
  });

  it('that was there before may stay', () => {
    expect(addressIssues(letterAt('file:///letter'), letterAt('file:///letter'))).toEqual([]);
  });
});
