import { createValidator } from './validator.js';

const { validate } = createValidator();

function found(resource: unknown): string[] {
  return validate(resource).map(
    ({ severity, code, expression, diagnostics }) => `${severity} ${code} ${String(expression?.[0])}: ${diagnostics}`,
  );
}

const patient = { resourceType: 'Patient', id: '1' };
const inCollection = (fullUrl: string, resource: object): unknown => ({
  resourceType: 'Bundle',
  type: 'collection',
  entry: [{ fullUrl, resource }],
});

describe('the fullUrl of an entry', () => {
  it.each([
    'https://example.org/fhir/Patient/1',
    'urn:uuid:c757873d-ec9a-4326-a141-556f43239520',
    'https://example.org/anything',
  ])('may be %s', (fullUrl) => {
    expect(found(inCollection(fullUrl, patient))).toEqual([]);
  });

  it('names the type and the id of its resource', () => {
    expect(found(inCollection('https://example.org/fhir/Patient/2', patient))).toEqual([
      'error value Bundle.entry[0].fullUrl: The fullUrl ends in another id than the resource has.',
    ]);
    expect(found(inCollection('https://example.org/fhir/Group/1', patient))).toEqual([
      'error value Bundle.entry[0].fullUrl: The fullUrl names Group, and the resource is Patient.',
    ]);
    expect(found(inCollection('https://example.org/fhir/Patient/2', { resourceType: 'Patient' }))).toEqual([]);
  });
});

describe('what the first entry refers to', () => {
  const composition = {
    resourceType: 'Composition',
    id: 'c',
    status: 'final',
    type: { text: 'x' },
    date: '2026',
    author: [{ reference: 'Patient/1' }],
    title: 'x',
    section: [{ title: 'x', entry: [{ reference: 'https://example.org/fhir/Task/1' }] }],
  };
  const document = (...entry: object[]): unknown => ({
    resourceType: 'Bundle',
    type: 'document',
    identifier: { system: 'http://example.org', value: '1' },
    timestamp: '2026-01-01T00:00:00Z',
    entry: [{ fullUrl: 'https://example.org/fhir/Composition/c', resource: composition }, ...entry],
  });
  const author = { fullUrl: 'https://example.org/fhir/Patient/1', resource: patient };
  const task = { resourceType: 'Task', id: '1', status: 'requested', intent: 'order' };
  const work = { fullUrl: 'https://example.org/fhir/Task/1', resource: task };

  it('is in a document', () => {
    expect(found(document(author, work))).toEqual([]);
    expect(found(document(author))).toEqual([
      'error not-found Bundle.entry[0].resource.section[0].entry[0].reference: No entry of this document is the resource that its Composition refers to here.',
    ]);
  });

  it('should be in a message', () => {
    const header = {
      resourceType: 'MessageHeader',
      eventUri: 'http://example.org',
      source: { endpoint: 'http://example.org' },
      sender: { reference: 'Organization/1' },
      focus: [{ reference: 'Task/1' }],
    };
    const message = (...entry: object[]): unknown => ({
      resourceType: 'Bundle',
      type: 'message',
      entry: [{ fullUrl: 'https://example.org/fhir/MessageHeader/h', resource: header }, ...entry],
    });
    expect(found(message(work))).toEqual([]);
    expect(found(message())).toEqual([
      'warning not-found Bundle.entry[0].resource.focus[0].reference: No entry of this message is the resource that its MessageHeader refers to here.',
    ]);
  });
});
