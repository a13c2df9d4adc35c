import type { Bundle, Condition, Consent, FhirResource, Flag, Reference, ServiceRequest } from 'fhir/r4';
import { BarsWorld, idIn, refusal, remarks } from './bars-world.js';
import { messageFor, sendMessage, takeMessage } from './messages.js';
import { nhsNumber } from './people.js';
import { startWorld, type World } from './world.js';

const number = nhsNumber(31);
const identifier = { system: 'http://fhir.nhs.uk/Id/nhs-number', value: number };
const address = `https://api.service.nhs.uk/personal-demographics/FHIR/R4/Patient/${number}`;
const provider = 'Organization/keighley-healthy-living';

const optOut = (patient: Reference | undefined, from: string): Consent => ({
  resourceType: 'Consent',
  status: 'active',
  scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
  category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
  ...(patient ? { patient } : {}),
  organization: [{ reference: 'Organization/worth-valley-practice' }],
  policyRule: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'OPTIN' }] },
  provision: { type: 'deny', actor: [{ role: { text: 'recipient' }, reference: { reference: from } }] },
});

describe('a part of a message', () => {
  let world: World;
  const bars = new BarsWorld(() => world);

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.stop();
  });

  const withPart = (...parts: FhirResource[]): Bundle =>
    messageFor(({ patient, add }) => {
      patient.identifier = [identifier];
      parts.forEach(add);
    });

  const spellings: [string, Reference | undefined][] = [
    ['by the NHS number', { identifier: { ...identifier, system: 'https://fhir.nhs.uk/Id/nhs-number' } }],
    ['by the address of the number', { reference: address }],
    ['by silence', undefined],
  ];

  it.each(spellings)('that withholds the records of its Patient, named %s, is heard', async (_, patient) => {
    const refused = await sendMessage(world, withPart(optOut(patient, provider)));
    expect([refused.status, refused.text.includes("withholds this person's records from the provider")]).toEqual([
      422,
      true,
    ]);
    const taken = await takeMessage(world, withPart(optOut(patient, 'Organization/modality-airedale')));
    const [, sent] = (taken.body.entry ?? []).filter(({ resource }) => resource?.resourceType === 'Consent');
    const kept = await bars.read<Consent>('practice', `Consent/${sent?.resource?.id ?? ''}`);
    expect(kept.patient?.reference).toBe(`Patient/${idIn(taken, 'Patient')}`);
  });

  it('that withholds the records of nobody who is known here has the message refused', async () => {
    const message = withPart(optOut({ reference: 'Patient/of-somebody' }, provider));
    const at = (message.entry ?? []).length - 1;
    expect(refusal(await sendMessage(world, message))).toBe(
      `400 REC_BAD_REQUEST invalid Bundle.entry[${String(at)}].resource.patient`,
    );
  });

  it('is a record of the referral where it names its Patient by the number, and told as left out where it names nobody known', async () => {
    const condition = (text: string, subject: Reference): Condition => ({
      resourceType: 'Condition',
      code: { text },
      subject,
    });
    const message = withPart(
      condition('own', { identifier }),
      condition('of somebody', { reference: 'Patient/other' }),
    );
    const at = (message.entry ?? []).length - 1;
    const taken = await takeMessage(world, message);
    const [patient, request] = [idIn(taken, 'Patient'), idIn(taken, 'ServiceRequest')];
    const found = await bars.search<Condition>('provider-khl', `Condition?subject=Patient/${patient}`);
    const texts = found.map(({ code }) => code?.text);
    expect([texts.includes('own'), texts.includes('of somebody'), request === '']).toEqual([true, false, false]);
    expect(remarks(taken)).toContain(`Bundle.entry[${String(at)}].resource`);
  });

  it('that is about the place of the incident is a record of the referral, which leads to it', async () => {
    const taken = await takeMessage(
      world,
      messageFor(({ add }) => {
        const place = add({ resourceType: 'Location', name: 'an invented corner' });
        add({ resourceType: 'Flag', status: 'active', code: { text: 'unsafe' }, subject: { reference: place } });
      }),
    );
    const [request, flag] = [idIn(taken, 'ServiceRequest'), `Flag/${idIn(taken, 'Flag')}`];
    const { supportingInfo } = await bars.read<ServiceRequest>('provider-khl', `ServiceRequest/${request}`);
    expect(supportingInfo).toContainEqual({ reference: flag });
    const kept = await bars.read<Flag>('provider-khl', flag);
    expect([kept.subject.reference, kept.contained]).toMatchObject(['#sent-1', [{ name: 'an invented corner' }]]);
    const all = await bars.search<FhirResource>('provider-khl', `Patient/${idIn(taken, 'Patient')}/$everything`);
    expect(all.some(({ resourceType, id = '' }) => `${resourceType}/${id}` === flag)).toBe(true);
  });
});
