import { createHash } from 'node:crypto';
import type { Binary, Communication, DocumentReference, OperationOutcome, Patient } from 'fhir/r4';
import { hostileFiles, pdf, plainPdf, png } from '../libs/fhir-server/test/hostile-files.js';
import { type Referral, ReferralActors } from './referral-actors.js';
import { sandboxTokens, startWorld, type World } from './world.js';

const sha1 = createHash('sha1').update(plainPdf).digest('base64');

describe('an attachment', () => {
  let world: World;
  let referral: Referral;
  const actors = new ReferralActors(() => world);

  beforeAll(async () => {
    world = await startWorld({ limits: { attachmentBytes: 100_000 } });
    referral = await actors.refer('staying-steady');
  });

  afterAll(async () => {
    await world.stop();
  });

  const upload = (contentType: string, content: Buffer) =>
    fetch(`${world.url}/fhir/Binary`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${sandboxTokens().get('provider-khl') ?? ''}`,
        'content-type': contentType,
        'x-security-context': `ServiceRequest/${referral.request}`,
      },
      body: new Uint8Array(content),
    });

  it('is seen by whoever sees the referral, and comes as a file, never as a page', async () => {
    const sent = await upload('application/pdf', plainPdf);
    const { id = '' } = (await sent.json()) as Binary;
    const document = await actors.create<DocumentReference>('provider-khl', documentOf(`Binary/${id}`));
    const statuses = (place: string) =>
      Promise.all((['practice', 'provider-khl', 'provider-project6'] as const).map((as) => actors.statusOf(as, place)));
    expect(await statuses(`Binary/${id}`)).toEqual([200, 200, 404]);
    expect(await statuses(`DocumentReference/${document.id ?? ''}`)).toEqual([200, 200, 404]);
    const headers = { accept: 'application/pdf' };
    const file = await world.send('practice', { path: `/fhir/Binary/${id}`, headers });
    const guards = ['content-type', 'content-disposition', 'x-content-type-options', 'content-security-policy'];
    expect(guards.map((name) => file.headers.get(name))).toEqual([
      'application/pdf',
      'attachment',
      'nosniff',
      expect.stringContaining('sandbox'),
    ]);
  });

  it('has the type, size and hash of the Binary that it names', async () => {
    const sent = await upload('application/pdf', plainPdf);
    const { id = '' } = (await sent.json()) as Binary;
    const right = documentOf(`Binary/${id}`);
    const wrong = documentOf(`Binary/${id}`, { contentType: 'image/png', size: 3, hash: 'AAAA' });
    const refused = await actors.post<OperationOutcome>('provider-khl', wrong);
    const place = 'DocumentReference.content[0].attachment';
    expect([refused.status, refused.body.issue.map(({ expression }) => expression?.[0])]).toEqual([
      422,
      [`${place}.contentType`, `${place}.size`, `${place}.hash`],
    ]);
    expect((await actors.post('provider-khl', right)).status).toBe(201);
  });

  it('is not changed under a DocumentReference that tells its hash, unless both change together', async () => {
    const { id = '' } = (await (await upload('application/pdf', plainPdf)).json()) as Binary;
    const described = await actors.create<DocumentReference>('provider-khl', documentOf(`Binary/${id}`));
    const binary = await actors.read<Binary>('provider-khl', `Binary/${id}`);
    const other = Buffer.from('Another text.');
    const changed: Binary = { ...binary, contentType: 'text/plain', data: other.toString('base64') };
    expect((await actors.put('provider-khl', changed)).status).toBe(422);
    expect((await actors.put('provider-khl', binary)).status).toBe(200);
    const hash = createHash('sha1').update(other).digest('base64');
    const attachment = { contentType: 'text/plain', url: `Binary/${id}`, size: other.length, hash };
    const both = [changed, { ...described, content: [{ attachment }] }];
    const entry = both.map((resource) => ({
      resource,
      request: { method: 'PUT', url: `${resource.resourceType}/${resource.id ?? ''}` },
    }));
    const body = { resourceType: 'Bundle', type: 'transaction', entry };
    expect((await world.send('provider-khl', { method: 'POST', path: '/fhir', body })).status).toBe(200);
    const { data } = await actors.read<Binary>('provider-khl', `Binary/${id}`);
    expect(data).toBe(changed.data);
  });

  it.each(hostileFiles.filter(([title]) => !title.includes('more than memory')))(
    'is refused where it is %s',
    async (title, type, content) => {
      // A Content-Type that is none is refused before it is looked at.
      const status = title === 'a type that is none' ? 415 : 422;
      expect((await upload(type, content)).status).toBe(status);
    },
  );

  it('is refused alike within a resource, wherever that may hold one, and in a transaction', async () => {
    const script = pdf('<</OpenAction <</S /JavaScript /JS (x)>>>>').toString('base64');
    const attachment = { contentType: 'application/pdf', data: script };
    const subject = { reference: `Patient/${referral.patient}` };
    const communication: Communication = {
      resourceType: 'Communication',
      status: 'completed',
      subject,
      basedOn: [{ reference: `ServiceRequest/${referral.request}` }],
      payload: [{ contentAttachment: attachment }],
    };
    const photo: Patient = { resourceType: 'Patient', photo: [attachment] };
    const document: DocumentReference = {
      resourceType: 'DocumentReference',
      status: 'current',
      content: [{ attachment }],
    };
    const entry = [{ resource: document, request: { method: 'POST', url: 'DocumentReference' } }];
    const bundle = { resourceType: 'Bundle', type: 'transaction', entry };
    const answers = [
      await actors.post('provider-khl', communication),
      await actors.post('practice', photo),
      await actors.post('practice', document),
      await world.send('practice', { method: 'POST', path: '/fhir', body: bundle }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([422, 422, 422, 422]);
    const patient = await actors.read<Patient>('practice', `Patient/${referral.patient}`);
    const picture = { contentType: 'image/png', data: png.toString('base64') };
    expect((await actors.put('practice', { ...patient, photo: [picture] })).status).toBe(200);
    expect((await actors.put('practice', { ...patient, photo: [attachment] })).status).toBe(422);
  });

  it('is no larger than the installation allows', async () => {
    const answer = await upload('text/plain', Buffer.alloc(100_001, 'a'));
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain('at most 100000 bytes');
  });

  function documentOf(url: string, change: object = {}): DocumentReference {
    const attachment = { contentType: 'application/pdf', url, size: plainPdf.length, hash: sha1, ...change };
    return {
      resourceType: 'DocumentReference',
      status: 'current',
      subject: { reference: `Patient/${referral.patient}` },
      context: { related: [{ reference: `ServiceRequest/${referral.request}` }] },
      content: [{ attachment }],
    };
  }
});
