import type { Consent, DocumentReference, Patient } from 'fhir/r4';
import { eventually } from './eventually.js';
import { ReferralActors } from './referral-actors.js';
import { startWorld, type World } from './world.js';

/** Whose client is the integrator of the sandbox. */
const newPractice = 'Organization/modality-airedale';
let world: World;
const actors = new ReferralActors(() => world);

beforeAll(async () => {
  world = await startWorld();
});

afterAll(async () => {
  await world.stop();
});

describe('the outcome of somebody who changed practice while the referral was under way', () => {
  it('is read by the new practice, too, which sees nothing else of the referral', async () => {
    const { patient, request, part, parent } = await referredAndMoved();
    const summary = await ended(part, request);
    expect(await seen(summary)).toEqual([200, 200, 200]);
    const rest = [`Patient/${patient}`, `ServiceRequest/${request}`, `Task/${part}`, `Task/${parent}`];
    const others = rest.map((path) => actors.statusOf('integrator', path));
    expect(await Promise.all(others)).toEqual([404, 404, 404, 404]);
    expect(await actors.statusOf('provider-project6', `DocumentReference/${summary.id ?? ''}`)).toBe(404);
  });

  it('is not, where a Consent withholds it from that practice', async () => {
    const { patient, request, part } = await referredAndMoved();
    await actors.create<Consent>('practice', withholding(patient));
    const summary = await ended(part, request);
    // The service of the outcomes hears of the Consent by an event of its own.
    await eventually(
      () => seen(summary),
      (statuses) => statuses.every((status) => status === 404),
    );
    const found = await actors.search('integrator', `DocumentReference?subject=Patient/${patient}`);
    expect(found).toEqual([]);
  });
});

async function referredAndMoved() {
  const referral = await actors.refer('staying-steady');
  await actors.start('provider-khl', referral.part);
  const known = await actors.read<Patient>('practice', `Patient/${referral.patient}`);
  const moved = { ...known, generalPractitioner: [{ reference: newPractice }] };
  expect((await actors.put('practice', moved)).status).toBe(200);
  return referral;
}

async function ended(part: string, request: string): Promise<DocumentReference> {
  expect((await actors.complete('provider-khl', part)).status).toBe(200);
  const [summary] = await eventually(
    () => actors.search<DocumentReference>('practice', `DocumentReference?related=ServiceRequest/${request}`),
    (found) => found.length > 0,
  );
  if (!summary) throw new Error('There is no summary.');
  return summary;
}

/** What the new practice is answered for the summary, its document and its page. */
function seen({ id = '', content }: DocumentReference): Promise<number[]> {
  const paths = [`DocumentReference/${id}`, ...content.map(({ attachment }) => attachment.url ?? '')];
  return Promise.all(paths.map((path) => actors.statusOf('integrator', path)));
}

function withholding(patient: string): Consent {
  return {
    resourceType: 'Consent',
    status: 'active',
    scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
    category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
    patient: { reference: `Patient/${patient}` },
    organization: [{ reference: 'Organization/worth-valley-practice' }],
    policyRule: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'OPTIN' }] },
    provision: { type: 'deny', actor: [{ role: { text: 'recipient' }, reference: { reference: newPractice } }] },
  };
}
