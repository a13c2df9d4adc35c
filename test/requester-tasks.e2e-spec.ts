import { randomUUID } from 'node:crypto';
import type { Bundle, BundleEntry, FhirResource, ServiceRequest, Task } from 'fhir/r4';
import { eventually } from './eventually.js';
import { type Referral, ReferralActors, requestFor } from './referral-actors.js';
import { type Answer, startWorld, type World } from './world.js';

const system = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
const restricted = [{ system, code: 'R' }];
const [gp, khl] = ['Organization/worth-valley-practice', 'Organization/keighley-healthy-living'];
const organisation = 'worth-valley-practice';
const scopes = ['system/*.cruds', 'https://ginnel.org.uk/fhir/scope/restricted'];
const clients = [{ client: 'gp-restricted', role: 'practice', organisation, token: 'gp-restricted', scopes }] as const;

describe("a requester's own Task", () => {
  let world: World;
  const actors = new ReferralActors(() => world);

  beforeAll(async () => {
    world = await startWorld({ clients });
  });

  afterAll(async () => {
    await world.stop();
  });

  const ownTask = (request: string, more: Partial<Task> = {}): Task => ({
    resourceType: 'Task',
    status: 'requested',
    intent: 'order',
    focus: { reference: request },
    ...more,
  });
  const sendOwn = ({ request }: Referral, more: Partial<Task> = {}) =>
    actors.post<Task>('practice', ownTask(`ServiceRequest/${request}`, more));
  const stored = ({ parent }: Referral) => actors.read<Task>('practice', `Task/${parent}`);
  const withScope = <R = FhirResource>(path: string, body?: FhirResource) =>
    world.send<R>(undefined, {
      path: `/fhir/${path}`,
      headers: { authorization: 'Bearer gp-restricted' },
      ...(body ? { method: 'POST', body } : {}),
    });

  describe('that comes after its ServiceRequest', () => {
    it('keeps its own label, and is labelled so only by who bears the scope', async () => {
      const referral = await actors.refer('walks');
      const labelled = { meta: { security: restricted }, description: 'a sensitive matter' };
      const refused = await sendOwn(referral, labelled);
      expect([refused.status, (await stored(referral)).description]).toEqual([403, undefined]);
      const body = ownTask(`ServiceRequest/${referral.request}`, labelled);
      const taken = await withScope<Task>('Task', body);
      expect([taken.status, taken.body.id, taken.body.meta?.security]).toEqual([201, referral.parent, restricted]);
      const seen = (['practice', 'provider-khl'] as const).map((as) => actors.statusOf(as, `Task/${referral.parent}`));
      expect(await Promise.all(seen)).toEqual([404, 404]);
      expect((await sendOwn(referral, { description: 'unlabelled' })).status).toBe(403);
    });

    it('adds its notes, signed and dated, to those of the provider, and counts once', async () => {
      const referral = await actors.refer('walks');
      const sent = { note: [{ text: 'She prefers mornings.' }], description: 'Walking' };
      expect((await sendOwn(referral, sent)).status).toBe(201);
      const before = await actors.read<Task>('provider-khl', `Task/${referral.parent}`);
      const note = [...(before.note ?? []), { text: 'She was rung.' }];
      expect((await actors.put<Task>('provider-khl', { ...before, note })).status).toBe(200);
      const again = await sendOwn(referral, sent);
      expect([again.status, again.body.meta?.versionId]).toEqual([200, '3']);
      expect(
        again.body.note?.map(({ text, authorReference, time }) => [text, authorReference?.reference, !!time]),
      ).toEqual([
        ['She prefers mornings.', gp, true],
        ['She was rung.', khl, true],
      ]);
      const inTransaction = await send({
        resource: ownTask(`ServiceRequest/${referral.request}`, sent),
        request: { method: 'POST', url: 'Task' },
      });
      expect([inTransaction.status, versionsIn(inTransaction)]).toEqual([200, ['200 OK W/"3"']]);
      const others = [{ text: 'She was rung again.', authorReference: { reference: khl } }];
      expect((await sendOwn(referral, { note: others })).status).toBe(422);
    });

    it('to a referral that was entered in error is not taken', async () => {
      const referral = await actors.refer('walks');
      const wish = await actors.read<ServiceRequest>('practice', `ServiceRequest/${referral.request}`);
      await actors.put('practice', { ...wish, status: 'entered-in-error' });
      const before = await stored(referral);
      const late = await sendOwn(referral, { description: 'Walking' });
      const edited = await actors.put('practice', { ...before, description: 'Walking' });
      expect([late.status, edited.status, await stored(referral)]).toEqual([410, 410, before]);
    });

    it('names the provider, or its activity, and the person of its ServiceRequest, or is refused', async () => {
      const referral = await actors.refer('walks');
      const other = `Patient/${await actors.person()}`;
      const wrong = [
        { owner: { reference: 'Organization/project6' } },
        { owner: { reference: 'HealthcareService/games-cafe' } },
        { for: { reference: other } },
      ];
      for (const more of wrong) expect([more, (await sendOwn(referral, more)).status]).toEqual([more, 422]);
      const right = [
        { owner: { reference: khl }, for: { reference: `Patient/${referral.patient}` } },
        { owner: { reference: 'HealthcareService/walks' }, for: { display: 'the person' } },
      ];
      for (const more of right) expect([more, (await sendOwn(referral, more)).status]).toEqual([more, 200]);
    });
  });

  describe('that comes with its ServiceRequest', () => {
    it('names the provider, or its activity, and the person of its ServiceRequest, or is refused', async () => {
      const [patient, other] = [await actors.person(), await actors.person()];
      const sent = async (more: Partial<Task>) => {
        const answer = await send(...together(patient, more));
        const { body } = answer;
        const places =
          body.resourceType === 'OperationOutcome' ? body.issue.map(({ expression }) => expression?.[0]) : [];
        return [answer.status, ...places];
      };
      const owner = (reference: string) => sent({ owner: { reference } });
      expect(await owner('Organization/project6')).toEqual([422, 'Bundle.entry[1].resource.owner']);
      expect(await owner('HealthcareService/games-cafe')).toEqual([422, 'Bundle.entry[1].resource.owner']);
      expect(await sent({ for: { reference: `Patient/${other}` } })).toEqual([422, 'Bundle.entry[1].resource.for']);
      expect(await owner(khl)).toEqual([200]);
      expect(await owner('HealthcareService/walks')).toEqual([200]);
      const note = [{ text: 'In the name of another.', authorReference: { reference: khl } }];
      expect((await sent({ note }))[0]).toBe(422);
    });

    it('may be sent again whole under the criteria of a conditional update, and changes nothing', async () => {
      const patient = await actors.person();
      const value = randomUUID();
      const entries = together(patient, { note: [{ text: 'She prefers mornings.' }], priority: 'routine' }, value);
      const first = await send(...entries);
      expect([first.status, versionsIn(first)]).toEqual([200, ['201 Created W/"1"', '201 Created W/"1"']]);
      const task = locationOf(first, 1);
      const [part] = await actors.search<Task>('provider-khl', `Task?part-of=${task}`);
      await actors.move('provider-khl', part?.id ?? '', { status: 'accepted' });
      const again = await send(...entries);
      expect([again.status, again.text.slice(0, 400), versionsIn(again)]).toEqual([
        200,
        expect.anything(),
        ['200 OK W/"1"', '200 OK W/"2"'],
      ]);
      const changed = together(patient, { note: [{ text: 'She asks for company.' }], priority: 'routine' }, value);
      expect(versionsIn(await send(...changed))).toEqual(['200 OK W/"1"', '200 OK W/"3"']);
      const { status, note } = await actors.read<Task>('practice', task);
      expect([status, note?.map(({ text }) => text)]).toEqual([
        'accepted',
        ['She prefers mornings.', 'She asks for company.'],
      ]);
    });
  });

  describe('that is updated by its requester', () => {
    it('takes what describes it, and nothing of how the work stands', async () => {
      const referral = await actors.refer('walks');
      await actors.move('provider-khl', referral.part, { status: 'accepted' });
      const before = await stored(referral);
      const patch = [{ op: 'add', path: '/description', value: 'Walking' }];
      const patched = await world.send<Task>('practice', {
        method: 'PATCH',
        path: `/fhir/Task/${referral.parent}`,
        body: JSON.stringify(patch),
        headers: { 'content-type': 'application/json-patch+json' },
      });
      expect([patched.status, patched.body.description, patched.body.status]).toEqual([200, 'Walking', 'accepted']);
      const noted = await actors.put<Task>('practice', { ...before, note: [{ text: 'She prefers mornings.' }] });
      expect([noted.status, noted.body.description, noted.body.note?.[0]?.authorReference?.reference]).toEqual([
        200,
        'Walking',
        gp,
      ]);
      const moved = await actors.put<Task>('practice', { ...noted.body, status: 'completed' });
      const elsewhere = await actors.put<Task>('practice', {
        ...noted.body,
        owner: { reference: 'Organization/project6' },
      });
      expect([moved.status, moved.text, elsewhere.status]).toEqual([422, expect.stringContaining('revoked'), 422]);
      expect(await stored(referral)).toEqual(noted.body);
    });

    it('as cancelled takes the referral back at once where nobody has seen it, with its words', async () => {
      const referral = await actors.refer('walks');
      const before = await stored(referral);
      const cancelled = await actors.put<Task>('practice', {
        ...before,
        status: 'cancelled',
        note: [{ text: 'She found another way.' }],
      });
      expect([cancelled.status, cancelled.body.id, cancelled.body.status, cancelled.body.note?.[0]?.text]).toEqual([
        200,
        referral.parent,
        'cancelled',
        'She found another way.',
      ]);
      const wish = await actors.read<ServiceRequest>('practice', `ServiceRequest/${referral.request}`);
      const again = await actors.put<Task>('practice', { ...before, status: 'cancelled' });
      expect([wish.status, again.status, again.body]).toEqual(['revoked', 200, cancelled.body]);
    });

    it('as cancelled asks each provider that has seen it, once', async () => {
      const referral = await actors.refer('walks');
      await actors.start('provider-khl', referral.part);
      const before = await stored(referral);
      const asked = await actors.put<Task>('practice', { ...before, status: 'cancelled' });
      const again = await actors.put<Task>('practice', { ...before, status: 'cancelled' });
      expect([asked.status, asked.body.status, asked.body.businessStatus?.coding?.[0]?.code]).toEqual([
        200,
        'in-progress',
        'cancel-requested',
      ]);
      expect([again.status, again.body]).toEqual([200, asked.body]);
      const aborts = await eventually(
        () => actors.search<Task>('provider-khl', `Task?focus=Task/${referral.part}&code=abort`),
        (found) => found.length > 0,
      );
      await actors.move('provider-khl', aborts[0]?.id ?? '', { status: 'completed' });
      const wish = await actors.read<ServiceRequest>('practice', `ServiceRequest/${referral.request}`);
      expect([aborts.length, wish.status, (await stored(referral)).status]).toEqual([1, 'revoked', 'cancelled']);
    });
  });

  function send(...entry: BundleEntry[]): Promise<Answer<Bundle | FhirResource>> {
    const body = { resourceType: 'Bundle', type: 'transaction', entry };
    return world.send('practice', { method: 'POST', path: '/fhir', body });
  }

  /** Both under an identifier of the sender's. */
  function together(patient: string, more: Partial<Task>, value: string = randomUUID()): BundleEntry[] {
    const fullUrl = `urn:uuid:${randomUUID()}`;
    const named = (kind: string) => [{ system: `https://gp.example/Id/${kind}`, value }];
    const put = (resource: ServiceRequest | Task, kind: string): BundleEntry => ({
      resource: { ...resource, identifier: named(kind) } as FhirResource,
      request: { method: 'PUT', url: `${resource.resourceType}?identifier=https://gp.example/Id/${kind}|${value}` },
    });
    const wish = requestFor(`Patient/${patient}`, 'walks');
    return [{ fullUrl, ...put({ ...wish, priority: 'urgent' }, 'request') }, put(ownTask(fullUrl, more), 'task')];
  }

  function versionsIn({ body }: Answer<Bundle | FhirResource>): string[] {
    return ((body as Bundle).entry ?? []).map(({ response }) => `${response?.status ?? ''} ${response?.etag ?? ''}`);
  }

  function locationOf({ body }: Answer<Bundle | FhirResource>, at: number): string {
    const location = (body as Bundle).entry?.[at]?.response?.location ?? '';
    return location.split('/').slice(-4, -2).join('/');
  }
});
