import type { Bundle, Flag, ServiceRequest } from 'fhir/r4';
import { answer, bundleId, newReferral, urls, vcseReferral } from './example-messages.js';
import { readReferral } from './read-referral.js';

describe('a referral message, taken apart', () => {
  it('has its resources by type, and the rest beside them', () => {
    const bundle = newReferral();
    const flag: Flag = { resourceType: 'Flag', status: 'active', code: {}, subject: {} };
    bundle.entry?.push({ resource: flag });
    const message = readReferral(bundle);
    const resources = (bundle.entry ?? []).map(({ resource }) => resource);
    const { patient, carePlan, encounter, encounters, consents, practitioners, healthcareServices, others } = message;
    expect([message.header, message.serviceRequest, encounter, carePlan, patient]).toEqual(resources.slice(0, 5));
    expect([encounters, consents, practitioners, healthcareServices].map(({ length }) => length)).toEqual([1, 1, 1, 1]);
    expect([message.tasks, message.conditions, message.locations, message.questionnaireResponses]).toEqual([
      [],
      [],
      [],
      [],
    ]);
    expect(others).toEqual([resources.at(-1)]);
  });

  it('says who sent it, where answers go and which service it is for, systems spelt as published', () => {
    const message = readReferral(newReferral());
    expect({
      kind: message.kind,
      bundleId: message.bundleId,
      returnAddress: message.returnAddress,
      destination: message.destination,
      sender: message.senderIdentifiers,
      category: message.category,
      useCase: message.useCase,
      answers: message.answeredMessageId,
    }).toEqual({
      kind: 'new-referral',
      bundleId,
      returnAddress: 'https://fhir.nhs.uk/Id/dos-service-id|2000099002',
      destination: { system: 'https://fhir.nhs.uk/Id/dos-service-id', value: '2000099001' },
      sender: [{ system: 'https://fhir.nhs.uk/Id/ods-organization-code', value: 'X99001' }],
      category: 'referral',
      useCase: { system: 'https://fhir.nhs.uk/CodeSystem/usecases-categories-bars', code: 'a5t1' },
      answers: undefined,
    });
  });

  it('finds the resource that a reference means, by fullUrl and by id, and the fullUrl of a resource', () => {
    const bundle = newReferral();
    const message = readReferral(bundle);
    expect(message.resolve({ reference: urls.patient })).toBe(message.patient);
    expect(message.resolve(message.header.sender)).toBe(message.sender);
    expect(message.resolve({ reference: 'Patient/1' })).toBeUndefined();
    expect(message.resolve({ display: 'somebody' })).toBeUndefined();
    expect(message.fullUrlOf(message.serviceRequest)).toBe(urls.serviceRequest);
    expect(readReferral(withPatientId(bundle)).resolve({ reference: 'Patient/p1' })?.id).toBe('p1');
  });

  it('finds a resource without an id by the address in its fullUrl', () => {
    const bundle = newReferral();
    const entry = bundle.entry?.find(({ resource }) => resource?.resourceType === 'Patient');
    if (entry?.resource) Object.assign(entry, { fullUrl: 'https://gp.example/fhir/Patient/7' });
    delete entry?.resource?.id;
    const message = readReferral(bundle);
    expect(message.resolve({ reference: 'Patient/7' })).toBe(message.patient);
    expect(message.resolve({ reference: 'Patient/8' })).toBeUndefined();
    expect(message.resolve({ reference: 'Organization/7' })).toBeUndefined();
  });

  it("takes the sender's Encounter from the ServiceRequest where there are two", () => {
    const bundle = answer();
    const request = bundle.entry?.[1]?.resource as ServiceRequest;
    request.encounter = { reference: urls.theirEncounter };
    expect(readReferral(bundle).encounter?.status).toBe('cancelled');
    expect(readReferral(answer()).encounter?.status).toBe('finished');
    expect(readReferral(answer()).answeredMessageId).toBe(bundleId);
  });

  it('has no Encounter where none was sent', () => {
    expect(readReferral(vcseReferral()).encounter).toBeUndefined();
  });

  it.each([
    ['a header', 0],
    ['a ServiceRequest', 1],
    ['a Patient', 4],
  ])('needs %s', (_title, index) => {
    const bundle = newReferral();
    bundle.entry?.splice(index, 1);
    expect(() => readReferral(bundle)).toThrow('read as a referral message before it was judged');
  });
});

function withPatientId(bundle: Bundle): Bundle {
  const entry = (bundle.entry ?? []).map((item) =>
    item.fullUrl === urls.patient && item.resource ? { ...item, resource: { ...item.resource, id: 'p1' } } : item,
  );
  return { ...bundle, entry };
}
