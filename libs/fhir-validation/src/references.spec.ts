import { createValidator } from './validator.js';

const { validate } = createValidator();

const request = {
  resourceType: 'ServiceRequest',
  status: 'active',
  intent: 'order',
  subject: { reference: 'Patient/1' },
};
const practitioner = { resourceType: 'Practitioner', id: 'p' };
const forms =
  'A reference is Type/id, an absolute URL, urn:uuid: or urn:oid: with its value, or #id of a contained resource.';
const someUuid = 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520';

function found(resource: unknown): unknown[] {
  return validate(resource).map(({ severity, code, expression, diagnostics }) => [
    severity,
    code,
    expression?.[0],
    diagnostics,
  ]);
}

describe('references', () => {
  it.each([
    'Patient/1',
    'Patient/1/_history/2',
    'Group/a.b-c',
    'https://example.org/fhir/Patient/1',
    'https://example.org/elsewhere',
    'http://example.org/fhir/Patient/1/_history/3',
    someUuid,
    'urn:oid:1.2.3',
  ])('accepts %s as the subject of a request', (reference) => {
    expect(found({ ...request, subject: { reference } })).toEqual([]);
  });

  it('accepts an identifier with the type of what it identifies', () => {
    const identifier = { system: 'https://example.org/id', value: '1' };
    expect(found({ ...request, subject: { type: 'Patient', identifier } })).toEqual([]);
  });

  it.each([
    ['Practitioner/1', 'The reference is to Practitioner; allowed is Patient, Group, Location, Device.'],
    [
      'https://example.org/fhir/Practitioner/1',
      'The reference is to Practitioner; allowed is Patient, Group, Location, Device.',
    ],
    ['Ecounter/1', 'The reference names "Ecounter", which is no resource type of FHIR R4.'],
    ['Patient', forms],
    ['d5ffd0cd-ec7e-48a1-84f1-91f4c0eb8fc5', forms],
    ['Patient/{id}', forms],
    ['/Patient/1', forms],
    ['../Patient/1', forms],
    ['urn:uuid:33a33b58-648a-4453-b981-e21ea9ggb4hj', 'urn:uuid: is not followed by a UUID.'],
    ['Patient?identifier=1', 'Only in a transaction may a search stand in place of a reference.'],
  ])('refuses %s as the subject of a request', (reference, diagnostics) => {
    expect(found({ ...request, subject: { reference } })).toEqual([
      ['error', 'value', 'ServiceRequest.subject.reference', diagnostics],
    ]);
  });

  it('refuses a type that is not that of the reference, or not allowed', () => {
    expect(found({ ...request, subject: { reference: 'Patient/1', type: 'Group' } })).toEqual([
      ['error', 'value', 'ServiceRequest.subject.type', 'Reference.type says Group, but the reference is to Patient.'],
    ]);
    expect(found({ ...request, subject: { type: 'Organization', display: 'x' } })).toEqual([
      [
        'error',
        'value',
        'ServiceRequest.subject.type',
        'The reference is to Organization; allowed is Patient, Group, Location, Device.',
      ],
    ]);
  });
});

describe('contained resources', () => {
  it('accepts one that is referred to, and one that refers to its container', () => {
    const provenance = {
      resourceType: 'Provenance',
      id: 'a',
      target: [{ reference: '#' }],
      recorded: '2026-01-01T00:00:00Z',
      agent: [{ who: { reference: '#p' } }],
    };
    expect(found({ ...request, contained: [practitioner, provenance], requester: { reference: '#p' } })).toEqual([]);
  });

  it('accepts a value set that is contained and referred to by canonical', () => {
    const item = [{ linkId: '1', type: 'choice', answerValueSet: '#v' }];
    expect(
      found({
        resourceType: 'Questionnaire',
        status: 'draft',
        contained: [{ resourceType: 'ValueSet', id: 'v', status: 'draft' }],
        item,
      }),
    ).toEqual([]);
  });

  it('checks it as a resource of its own type', () => {
    const contained = [{ ...practitioner, gender: 'x', nam: [] }];
    expect(found({ ...request, contained, requester: { reference: '#p' } })).toEqual([
      [
        'error',
        'code-invalid',
        'ServiceRequest.contained[0].gender',
        'The code "x" is not in the required value set: allowed are male, female, other, unknown.',
      ],
      [
        'error',
        'structure',
        'ServiceRequest.contained[0].nam',
        'The element "nam" is not known here; the nearest known is "name".',
      ],
    ]);
  });

  it('refuses a reference to one that is not there', () => {
    expect(found({ ...request, requester: { reference: '#nope' } })).toEqual([
      [
        'error',
        'invariant',
        'ServiceRequest.requester.reference',
        'There is no contained resource with the id that is referred to (ref-1).',
      ],
    ]);
  });

  it('refuses a reference to one of a type that is not allowed', () => {
    expect(found({ ...request, contained: [practitioner], subject: { reference: '#p' } })).toEqual([
      [
        'error',
        'value',
        'ServiceRequest.subject.reference',
        'The reference is to Practitioner; allowed is Patient, Group, Location, Device.',
      ],
    ]);
  });

  it('refuses one that nothing refers to, one without id, and two of one id', () => {
    const contained = [practitioner, { resourceType: 'Patient' }, practitioner];
    expect(found({ ...request, contained, requester: { reference: '#p' } })).toEqual([
      ['error', 'required', 'ServiceRequest.contained[1].id', 'A contained resource needs an id.'],
      ['error', 'duplicate', 'ServiceRequest.contained[2].id', 'Two contained resources have this id.'],
    ]);
    expect(found({ ...request, contained: [practitioner] })).toEqual([
      [
        'error',
        'invariant',
        'ServiceRequest.contained[0]',
        'A contained resource must be referred to by the resource that contains it, or refer to it by "#" (dom-3).',
      ],
    ]);
  });

  it('refuses one that contains another, has a version or is marked for security', () => {
    const meta = { versionId: '1', security: [{ code: 'R' }] };
    const contained = [{ ...practitioner, meta, contained: [{ resourceType: 'Patient', id: 'q' }] }];
    expect(found({ ...request, contained, requester: { reference: '#p' } })).toEqual([
      [
        'error',
        'invariant',
        'ServiceRequest.contained[0]',
        'If the resource is contained in another resource, it SHALL NOT contain nested Resources (DomainResource: dom-2).',
      ],
      [
        'error',
        'invariant',
        'ServiceRequest.contained[0]',
        'If a resource is contained in another resource, it SHALL NOT have a meta.versionId or a meta.lastUpdated (DomainResource: dom-4).',
      ],
      [
        'error',
        'invariant',
        'ServiceRequest.contained[0]',
        'If a resource is contained in another resource, it SHALL NOT have a security label (DomainResource: dom-5).',
      ],
    ]);
  });
});

describe('references within a Bundle', () => {
  const entry = (resource: unknown, fullUrl?: string): unknown => ({
    ...(fullUrl ? { fullUrl } : {}),
    resource,
    request: { method: 'POST', url: 'x' },
  });
  const transaction = (...entries: unknown[]): unknown => ({
    resourceType: 'Bundle',
    type: 'transaction',
    entry: entries,
  });

  it('accepts an entry of an allowed type', () => {
    expect(
      found(
        transaction(
          entry({ ...request, subject: { reference: someUuid } }),
          entry({ resourceType: 'Patient' }, someUuid),
        ),
      ),
    ).toEqual([]);
  });

  it('refuses an entry of another type', () => {
    expect(
      found(
        transaction(
          entry({ ...request, subject: { reference: someUuid } }),
          entry({ resourceType: 'Practitioner' }, someUuid),
        ),
      ),
    ).toEqual([
      [
        'error',
        'value',
        'Bundle.entry[0].resource.subject.reference',
        'The reference is to Practitioner; allowed is Patient, Group, Location, Device.',
      ],
    ]);
  });

  it('warns of an entry that is not there', () => {
    expect(found(transaction(entry({ ...request, subject: { reference: someUuid } })))).toEqual([
      [
        'warning',
        'not-found',
        'Bundle.entry[0].resource.subject.reference',
        'No entry of this Bundle has the fullUrl that is referred to.',
      ],
    ]);
  });

  it('accepts a search in a transaction, of an allowed type', () => {
    expect(found(transaction(entry({ ...request, subject: { reference: 'Patient?identifier=1' } })))).toEqual([]);
    expect(found(transaction(entry({ ...request, subject: { reference: 'Practitioner?identifier=1' } })))).toHaveLength(
      1,
    );
  });

  it('keeps the contained resources of each entry apart', () => {
    const holder = { ...request, contained: [practitioner], requester: { reference: '#p' } };
    expect(found(transaction(entry(holder), entry({ ...request, requester: { reference: '#p' } })))).toEqual([
      [
        'error',
        'invariant',
        'Bundle.entry[1].resource.requester.reference',
        'There is no contained resource with the id that is referred to (ref-1).',
      ],
    ]);
  });
});
