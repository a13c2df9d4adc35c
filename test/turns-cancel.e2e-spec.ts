import type { Bundle, OperationOutcome, Provenance, ServiceRequest, Task } from 'fhir/r4';
import { ReferralActors, type Referral } from './referral-actors.js';
import { eventually } from './eventually.js';
import { startWorld, type World } from './world.js';

describe('a referral that its requester takes back', () => {
  let world: World;
  const actors = new ReferralActors(() => world);

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.stop();
  });

  it('is revoked at once where nobody has seen it', async () => {
    const referral = await actors.refer('staying-steady');
    const revoked = await revoke(referral);
    expect([revoked.status, revoked.body.status, await states(referral)]).toEqual([
      200,
      'revoked',
      ['cancelled/cancelled-by-requester', 'cancelled/cancelled-by-requester', 'revoked'],
    ]);
    expect(await abortTasks(referral.part)).toEqual([]);
  });

  it('stays active until the provider that has seen it confirms', async () => {
    const referral = await actors.refer('staying-steady');
    await actors.start('provider-khl', referral.part);
    const asked = await revoke(referral);
    expect([asked.status, asked.body.status, await states(referral)]).toEqual([
      200,
      'active',
      ['in-progress/cancel-requested', 'in-progress/cancel-requested', 'active'],
    ]);
    const [abort] = await abortTasks(referral.part);
    expect([abort?.status, abort?.owner?.reference, abort?.requester?.reference]).toEqual([
      'requested',
      'Organization/keighley-healthy-living',
      'Organization/worth-valley-practice',
    ]);
    const confirmed = await actors.move('provider-khl', abort?.id ?? '', { status: 'completed' });
    expect([confirmed.status, confirmed.body.status, await states(referral)]).toEqual([
      200,
      'completed',
      ['cancelled/cancelled-by-requester', 'cancelled/cancelled-by-requester', 'revoked'],
    ]);
    const provenances = await actors.search<Provenance>(
      'practice',
      `Provenance?target=ServiceRequest/${referral.request}`,
    );
    expect(provenances.map(({ agent }) => agent[0]?.onBehalfOf?.reference)).toEqual([
      'Organization/worth-valley-practice',
    ]);
  });

  it('goes on where it was when the provider refuses, with the reason, and may be asked again', async () => {
    const referral = await actors.refer('staying-steady');
    await actors.start('provider-khl', referral.part);
    const first = await cancel(referral.part);
    const again = await cancel(referral.part);
    expect([first.status, first.body.status, again.status]).toEqual([201, 'requested', 409]);
    const bare = await actors.move('provider-khl', first.body.id ?? '', { status: 'rejected' });
    const refused = await actors.move('provider-khl', first.body.id ?? '', {
      status: 'rejected',
      statusReason: { text: 'The last session is tomorrow.' },
    });
    expect([bare.status, refused.status, refused.body.statusReason?.text, await states(referral)]).toEqual([
      422,
      200,
      'The last session is tomorrow.',
      ['in-progress/started', 'in-progress/started', 'active'],
    ]);
    expect((await cancel(referral.part)).status).toBe(201);
  });

  it('is completed where completing and cancelling cross, and what asked is refused', async () => {
    const referral = await actors.refer('staying-steady');
    await actors.start('provider-khl', referral.part);
    const asked = await cancel(referral.part);
    const done = await actors.complete('provider-khl', referral.part);
    const abort = await actors.read<Task>('practice', `Task/${asked.body.id ?? ''}`);
    expect([done.status, abort.status, await states(referral)]).toEqual([
      200,
      'rejected',
      ['completed/completed', 'completed/completed', 'completed'],
    ]);
  });

  it('is cancelled as a whole by one Task, which is done when every provider has answered', async () => {
    const referral = await actors.refer('staying-steady');
    const second = (await actors.ask(referral, 'games-cafe')).body.id ?? '';
    await actors.start('provider-khl', referral.part);
    await actors.move('provider-project6', second, { status: 'received' });
    const whole = await cancel(referral.parent);
    const statusOfWhole = async () => (await actors.read<Task>('practice', `Task/${whole.body.id ?? ''}`)).status;
    const told = [whole.status, await statusOfWhole()];
    for (const [as, part] of [
      ['provider-khl', referral.part],
      ['provider-project6', second],
    ] as const) {
      const [abort] = await abortTasks(part);
      await actors.move(as, abort?.id ?? '', { status: 'completed' });
      told.push(await statusOfWhole());
    }
    expect([told, (await states(referral)).at(-1)]).toEqual([[201, 'requested', 'requested', 'completed'], 'revoked']);
  });

  it('is done at once as a whole where nobody has seen it', async () => {
    const referral = await actors.refer('staying-steady');
    const whole = await cancel(referral.parent);
    expect([whole.status, whole.body.status, (await states(referral)).at(-1)]).toEqual([201, 'completed', 'revoked']);
  });

  it('is shown no more, as a whole, to who was let go at once, while another is asked and after it has answered', async () => {
    const referral = await actors.refer('staying-steady');
    await actors.ask(referral, 'games-cafe');
    await actors.start('provider-khl', referral.part);
    const shared = [`ServiceRequest/${referral.request}`, `Task/${referral.parent}`, `Patient/${referral.patient}`];
    const seen = (as: 'provider-khl' | 'provider-project6') =>
      Promise.all(shared.map((path) => actors.statusOf(as, path)));
    const before = await seen('provider-project6');
    const whole = await cancel(referral.parent);
    const asked = [whole.body.status, await seen('provider-project6'), await seen('provider-khl')];
    const [abort] = await abortTasks(referral.part);
    await actors.move('provider-khl', abort?.id ?? '', {
      status: 'rejected',
      statusReason: { text: 'The last session is tomorrow.' },
    });
    expect([before, asked, await seen('provider-project6'), (await states(referral)).at(-1)]).toEqual([
      [200, 200, 200],
      ['requested', [404, 404, 404], [200, 200, 200]],
      [404, 404, 404],
      'active',
    ]);
  });

  it('is asked of by its requester and answered by its provider, and by nobody else', async () => {
    const referral = await actors.refer('staying-steady');
    await actors.move('provider-khl', referral.part, { status: 'received' });
    const byProvider = await actors.post<Task>('provider-khl', abortOf(referral.part));
    const byStranger = await actors.post<Task>('provider-project6', abortOf(referral.part));
    const asked = await cancel(referral.part);
    const own = await actors.move('practice', asked.body.id ?? '', { status: 'completed' });
    const seen = await actors.statusOf('provider-project6', `Task/${asked.body.id ?? ''}`);
    expect([byProvider.status, byStranger.status, own.status, seen]).toEqual([403, 422, 403, 404]);
  });

  it('that was sent by mistake is hidden from who got it, and takes nothing more', async () => {
    const referral = await actors.refer('staying-steady');
    await actors.move('provider-khl', referral.part, { status: 'accepted' });
    const sent = await actors.read<ServiceRequest>('practice', `ServiceRequest/${referral.request}`);
    const mistaken = await actors.put('practice', { ...sent, status: 'entered-in-error' });
    const seen = [`ServiceRequest/${referral.request}`, `Patient/${referral.patient}`, `Task/${referral.parent}`];
    const after = await Promise.all(seen.map((path) => actors.statusOf('provider-khl', path)));
    const fact = await actors.read<Task>('provider-khl', `Task/${referral.part}`);
    const late = await actors.put<Task>('provider-khl', { ...fact, status: 'in-progress' });
    const revived = await actors.put('practice', { ...sent, status: 'active' });
    expect([mistaken.status, mistaken.body.status, await states(referral), after, fact.status]).toEqual([
      200,
      'entered-in-error',
      ['entered-in-error/error', 'entered-in-error/error', 'entered-in-error'],
      [404, 404, 404],
      'entered-in-error',
    ]);
    expect([late.status, revived.status]).toEqual([410, 410]);
    // Of what was shown before no version is left, and what the practice keeps it keeps whole.
    const versions = (as: 'practice' | 'provider-khl') =>
      Promise.all(seen.map(async (path) => (await actors.read<Bundle>(as, `${path}/_history`)).entry?.length ?? 0));
    expect(
      await eventually(
        () => versions('provider-khl'),
        (left) => left.every((count) => count === 0),
      ),
    ).toEqual([0, 0, 0]);
    const old = await Promise.all(
      seen.flatMap((path) => [1, 2].map((n) => actors.statusOf('provider-khl', `${path}/_history/${String(n)}`))),
    );
    expect([new Set(old), (await versions('practice')).every((count) => count > 1)]).toEqual([new Set([404]), true]);
  });

  it('that was sent by mistake is one as a whole, also where a part had ended before', async () => {
    const referral = await actors.refer('staying-steady');
    const second = (await actors.ask(referral, 'games-cafe')).body.id ?? '';
    await actors.move('practice', referral.part, {
      status: 'cancelled',
      businessStatus: { coding: [{ system: businessStatuses, code: 'patient-moved' }] },
    });
    const sent = await actors.read<ServiceRequest>('practice', `ServiceRequest/${referral.request}`);
    await actors.put('practice', { ...sent, status: 'entered-in-error' });
    const other = await actors.read<Task>('practice', `Task/${second}`);
    expect([await states(referral), other.status]).toEqual([
      ['cancelled/patient-moved', 'entered-in-error/error', 'entered-in-error'],
      'entered-in-error',
    ]);
  });

  it('was sent by mistake where its only part was', async () => {
    const referral = await actors.refer('staying-steady');
    const { status } = await actors.move('practice', referral.part, { status: 'entered-in-error' });
    const seen = await actors.statusOf('provider-khl', `ServiceRequest/${referral.request}`);
    expect([status, seen, await states(referral)]).toEqual([
      200,
      404,
      ['entered-in-error/error', 'entered-in-error/error', 'entered-in-error'],
    ]);
  });

  it('is closed where every provider has said no', async () => {
    const referral = await actors.refer('staying-steady');
    await actors.move('provider-khl', referral.part, {
      status: 'rejected',
      statusReason: { coding: [{ system: 'https://fhir.nhs.uk/CodeSystem/dos-rejected-reasons-bars', code: '40' }] },
    });
    const revoked = await revoke(referral);
    expect([revoked.status, await states(referral)]).toEqual([
      200,
      ['rejected/rejected', 'cancelled/cancelled-by-requester', 'revoked'],
    ]);
    const undone = await actors.move('provider-khl', referral.part, { status: 'received' });
    expect([undone.status, (await states(referral)).at(-1)]).toEqual([409, 'revoked']);
    const byProvider = await reopen('provider-khl', referral);
    const again = await reopen('practice', referral);
    expect([byProvider.status, again.status, await states(referral)]).toEqual([
      422,
      201,
      ['rejected/rejected', 'cancelled/cancelled-by-requester', 'revoked'],
    ]);
    const wish = await actors.read<ServiceRequest>('provider-khl', again.body.focus?.reference ?? '');
    expect([wish.status, wish.replaces?.[0]?.reference]).toEqual(['active', `ServiceRequest/${referral.request}`]);
  });

  it('is taken back once, however often it is told at the same moment', async () => {
    const referral = await actors.refer('staying-steady');
    await actors.start('provider-khl', referral.part);
    const answers = await Promise.all([1, 2, 3, 4].map(() => cancel(referral.part)));
    const statuses = answers.map(({ status }) => status).sort();
    expect([statuses, (await abortTasks(referral.part)).length]).toEqual([[201, 409, 409, 409], 1]);
    const repeated = await world.send<OperationOutcome>('practice', {
      method: 'PUT',
      path: `/fhir/ServiceRequest/${referral.request}`,
      body: {
        ...(await actors.read<ServiceRequest>('practice', `ServiceRequest/${referral.request}`)),
        status: 'revoked',
      },
    });
    expect([repeated.status, (await abortTasks(referral.part)).length]).toEqual([200, 1]);
  });

  async function revoke({ request }: Referral) {
    const sent = await actors.read<ServiceRequest>('practice', `ServiceRequest/${request}`);
    return actors.put<ServiceRequest>('practice', { ...sent, status: 'revoked' });
  }

  function reopen(as: 'practice' | 'provider-khl', { parent, part }: Referral) {
    const type = { coding: [{ system: 'https://ginnel.org.uk/fhir/CodeSystem/task-input', code: 'reopens' }] };
    return actors.post<Task>(as, {
      resourceType: 'Task',
      status: 'requested',
      intent: 'order',
      partOf: [{ reference: `Task/${parent}` }],
      input: [{ type, valueReference: { reference: `Task/${part}` } }],
    });
  }

  function cancel(task: string) {
    return actors.post<Task>('practice', abortOf(task));
  }

  async function abortTasks(part: string): Promise<Task[]> {
    const bundle = await actors.read<Bundle>('practice', `Task?focus=Task/${part}`);
    return (bundle.entry ?? []).map(({ resource }) => resource as Task);
  }

  /** Of the part, of the referral's own Task, and of the wish. */
  async function states({ part, parent, request }: Referral): Promise<string[]> {
    const tasks = await Promise.all([part, parent].map((id) => actors.read<Task>('practice', `Task/${id}`)));
    const wish = await actors.read<ServiceRequest>('practice', `ServiceRequest/${request}`);
    return [...tasks.map(stateOf), wish.status];
  }
});

const businessStatuses = 'https://ginnel.org.uk/fhir/CodeSystem/referral-business-status';

function stateOf({ status, businessStatus }: Task): string {
  return `${status}/${businessStatus?.coding?.[0]?.code ?? ''}`;
}

function abortOf(task: string): Task {
  return {
    resourceType: 'Task',
    status: 'requested',
    intent: 'order',
    code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'abort' }] },
    focus: { reference: `Task/${task}` },
  };
}
