import type { Provenance, Reference, ServiceRequest, Task } from 'fhir/r4';
import { activity, ReferralActors, type Referral } from './referral-actors.js';
import { startWorld, type World } from './world.js';

describe('a referral that goes on with another part', () => {
  let world: World;
  const actors = new ReferralActors(() => world);

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.stop();
  });

  it('is forwarded to another provider, which then sees it, while the one before keeps the fact alone', async () => {
    const referral = await actors.refer('staying-steady');
    await actors.move('provider-khl', referral.part, { status: 'received' });
    const forwarded = await forward('provider-khl', referral.part, 'HealthcareService/games-cafe');
    const next = successorOf(forwarded.body);
    const part = await actors.read<Task>('provider-project6', `Task/${next}`);
    expect([forwarded.status, stateOf(forwarded.body), stateOf(part), part.owner?.reference, from(part)]).toEqual([
      200,
      'cancelled/forwarded',
      'requested/sent',
      'Organization/project-6',
      `Task/${referral.part}`,
    ]);
    const shared = [`ServiceRequest/${referral.request}`, `Patient/${referral.patient}`, `Task/${referral.parent}`];
    const seenBy = (as: 'provider-khl' | 'provider-project6') =>
      Promise.all([...shared, `Task/${referral.part}`, `Task/${next}`].map((path) => actors.statusOf(as, path)));
    expect([await seenBy('provider-project6'), await seenBy('provider-khl')]).toEqual([
      [200, 200, 200, 404, 200],
      [404, 404, 404, 200, 404],
    ]);
    const parent = await actors.read<Task>('practice', `Task/${referral.parent}`);
    const late = await actors.move('provider-khl', referral.part, { status: 'accepted' });
    expect([stateOf(parent), late.status]).toEqual(['requested/sent', 409]);
  });

  it('is not forwarded in a circle, nor without end', async () => {
    const referral = await actors.refer('staying-steady');
    const hops: ['provider-khl' | 'provider-project6', string][] = [
      ['provider-khl', 'HealthcareService/games-cafe'],
      ['provider-project6', 'HealthcareService/staying-steady'],
      ['provider-project6', 'HealthcareService/cookery'],
    ];
    let part = referral.part;
    const told: (number | string)[] = [];
    for (const [as, target] of hops) {
      const answer = await forward(as, part, target);
      told.push(answer.status);
      if (answer.status === 200) part = successorOf(answer.body);
    }
    const nowhere = await forward('provider-khl', part, 'HealthcareService/nowhere');
    const last = await forward('provider-khl', part, 'HealthcareService/conversation-cafe');
    expect([told, nowhere.status, last.status]).toEqual([[200, 422, 200], 422, 200]);
    const over = await forward('provider-project6', successorOf(last.body), 'HealthcareService/walks');
    expect(over.status).toBe(422);
  });

  it('is forwarded with the word of who heard that the person agrees', async () => {
    const referral = await actors.refer('staying-steady');
    const silent = await actors.move('provider-khl', referral.part, {
      status: 'cancelled',
      businessStatus: business('forwarded'),
      output: [{ type: successor, valueReference: { reference: 'HealthcareService/games-cafe' } }],
    });
    expect([silent.status, silent.text]).toEqual([422, expect.stringContaining('Task.note')]);
  });

  it('is forwarded once: said again it is the same, and to another provider it is refused', async () => {
    const { part, request } = await actors.refer('staying-steady');
    const told: number[] = [];
    for (const target of ['games-cafe', 'games-cafe', 'dance'])
      told.push((await forward('provider-khl', part, `HealthcareService/${target}`)).status);
    const tasks = await actors.search<Task>('practice', `Task?focus=ServiceRequest/${request}`);
    expect([told, tasks.filter(({ partOf }) => partOf).length]).toEqual([[200, 200, 409], 2]);
  });

  it('is forwarded by those alone who have it', async () => {
    const referral = await actors.refer('staying-steady');
    const answers = [
      (await forward('provider-project6', referral.part, 'HealthcareService/games-cafe')).status,
      (await forward('practice', referral.part, 'HealthcareService/games-cafe')).status,
    ];
    expect(answers).toEqual([404, 200]);
  });

  it('is split among several providers, and goes by the furthest of them', async () => {
    const referral = await actors.refer('staying-steady');
    const second = await actors.ask(referral, 'games-cafe');
    await actors.start('provider-khl', referral.part);
    const parent = await actors.read<Task>('practice', `Task/${referral.parent}`);
    expect([second.status, parent.status]).toEqual([201, 'in-progress']);
  });

  it('takes an alternative after a no, chosen by the requester', async () => {
    const referral = await actors.refer('staying-steady');
    await reject(referral.part);
    const offered = await actors.read<Task>('practice', `Task/${referral.parent}`);
    const chosen = await actors.ask(referral, 'games-cafe');
    const parent = await actors.read<Task>('practice', `Task/${referral.parent}`);
    expect([stateOf(offered), chosen.status, stateOf(parent)]).toEqual([
      'received/alternatives-offered',
      201,
      'requested/sent',
    ]);
  });

  it('is not taken back by who said no once another was asked, and begins again with both', async () => {
    const referral = await actors.refer('staying-steady');
    await reject(referral.part);
    await actors.ask(referral, 'games-cafe');
    const undone = await actors.move('provider-khl', referral.part, { status: 'received' });
    const before = await actors.statusOf('provider-khl', `ServiceRequest/${referral.request}`);
    const again = await reopen('provider-khl', referral);
    const after = await actors.statusOf('provider-khl', `ServiceRequest/${referral.request}`);
    expect([undone.status, before, again.status, after]).toEqual([422, 404, 201, 200]);
  });

  it('begins again with its provider as a new part that names the old one, once', async () => {
    const referral = await actors.refer('staying-steady');
    await reject(referral.part);
    const reopened = await reopen('provider-khl', referral);
    const again = await reopen('practice', referral);
    const old = await actors.read<Task>('practice', `Task/${referral.part}`);
    expect([reopened.status, stateOf(reopened.body), input(reopened.body, 'reopens'), again.status]).toEqual([
      201,
      'requested/sent',
      `Task/${referral.part}`,
      409,
    ]);
    expect([stateOf(old), successorOf(old)]).toEqual(['rejected/rejected', reopened.body.id]);
    expect((await actors.read<ServiceRequest>('practice', `ServiceRequest/${referral.request}`)).status).toBe('active');
    const undone = await actors.move('provider-khl', referral.part, { status: 'received' });
    expect(undone.status).toBe(422);
  });

  it('begins again under a new wish that replaces the old one, where that has ended', async () => {
    const referral = await actors.refer('staying-steady');
    await actors.start('provider-khl', referral.part);
    await actors.complete('provider-khl', referral.part);
    const reopened = await reopen('practice', referral);
    const wish = await actors.read<ServiceRequest>('provider-khl', reopened.body.focus?.reference ?? '');
    const old = await actors.read<ServiceRequest>('practice', `ServiceRequest/${referral.request}`);
    expect([reopened.status, wish.status, wish.replaces?.[0]?.reference, old.status]).toEqual([
      201,
      'active',
      `ServiceRequest/${referral.request}`,
      'completed',
    ]);
    expect(reopened.body.partOf?.[0]?.reference).not.toBe(`Task/${referral.parent}`);
    expect((await actors.move('provider-khl', reopened.body.id ?? '', { status: 'accepted' })).status).toBe(200);
  });

  it('begins again under a new wish with another provider, which sees the person as well', async () => {
    const referral = await actors.refer('staying-steady');
    await actors.start('provider-khl', referral.part);
    await actors.complete('provider-khl', referral.part);
    const reopened = await reopen('practice', referral, { reference: 'HealthcareService/games-cafe' });
    const { id, focus, partOf } = reopened.body;
    const shared = [`Task/${id ?? ''}`, focus?.reference, partOf?.[0]?.reference, `Patient/${referral.patient}`];
    const seen = await Promise.all(shared.map((path = '') => actors.statusOf('provider-project6', path)));
    expect([reopened.status, seen]).toEqual([201, [200, 200, 200, 200]]);
  });

  it('does not begin again after a death, nor under a wish that was a mistake', async () => {
    const [died, mistaken] = [await actors.refer('staying-steady'), await actors.refer('staying-steady')];
    const before = await actors.refer('staying-steady');
    await reject(before.part);
    const other = (await actors.ask(before, 'games-cafe')).body.id ?? '';
    for (const part of [died.part, other]) {
      await actors.move('practice', part, { status: 'cancelled', businessStatus: business('patient-died') });
    }
    await reject(mistaken.part);
    const wish = await actors.read<ServiceRequest>('practice', `ServiceRequest/${mistaken.request}`);
    await actors.put('practice', { ...wish, status: 'entered-in-error' });
    const undone = await actors.move('provider-khl', mistaken.part, { status: 'received' });
    const statuses = [
      (await reopen('practice', died)).status,
      (await reopen('practice', before)).status,
      (await reopen('practice', mistaken)).status,
      undone.status,
    ];
    const replacing = await actors.search('practice', `ServiceRequest?replaces=ServiceRequest/${died.request}`);
    const parent = await actors.read<Task>('practice', `Task/${mistaken.parent}`);
    expect([statuses, replacing, stateOf(parent)]).toEqual([[422, 422, 410, 410], [], 'entered-in-error/error']);
  });

  it('is taken back to where it was by the side that ended it, and the wish with it', async () => {
    const referral = await actors.refer('staying-steady');
    await actors.start('provider-khl', referral.part);
    await actors.complete('provider-khl', referral.part);
    const byOther = await actors.move('practice', referral.part, { status: 'in-progress' });
    const undone = await actors.move('provider-khl', referral.part, { status: 'in-progress' });
    const wish = await actors.read<ServiceRequest>('practice', `ServiceRequest/${referral.request}`);
    expect([byOther.status, undone.status, stateOf(undone.body), wish.status]).toEqual([
      422,
      200,
      'in-progress/started',
      'active',
    ]);
  });

  it('tells of each turn who took it for whom, when it happened and when that was told', async () => {
    const referral = await actors.refer('staying-steady');
    const occurred = new Date(Date.now() - 3_600_000).toISOString();
    const url = 'https://ginnel.org.uk/fhir/StructureDefinition/occurred-at';
    const task = await actors.read<Task>('provider-khl', `Task/${referral.part}`);
    await actors.put<Task>('provider-khl', {
      ...task,
      status: 'accepted',
      extension: [...(task.extension ?? []), { url, valueDateTime: occurred }],
    });
    const found = await actors.search<Provenance>('practice', `Provenance?target=Task/${referral.part}`);
    expect(
      found.map(({ target, occurredDateTime, agent, activity: did }) => [
        target[0]?.reference,
        occurredDateTime,
        agent[0]?.who.identifier?.value,
        agent[0]?.onBehalfOf?.reference,
        did?.coding?.[0]?.code,
      ]),
    ).toEqual([
      [
        `Task/${referral.part}/_history/2`,
        occurred,
        'provider-khl',
        'Organization/keighley-healthy-living',
        'accepted',
      ],
    ]);
    expect((await actors.search('provider-project6', `Provenance?target=Task/${referral.part}`)).length).toBe(0);
  });

  function forward(
    ...[as, part, target]: [as: 'practice' | 'provider-khl' | 'provider-project6', part: string, target: string]
  ) {
    return actors.move(as, part, {
      status: 'cancelled',
      businessStatus: business('forwarded'),
      output: [{ type: successor, valueReference: { reference: target } }],
      note: [{ text: 'She agreed.' }],
    });
  }

  function reject(part: string) {
    return actors.move('provider-khl', part, {
      status: 'rejected',
      statusReason: { coding: [{ system: 'https://fhir.nhs.uk/CodeSystem/dos-rejected-reasons-bars', code: '40' }] },
    });
  }

  function reopen(as: 'practice' | 'provider-khl', { parent, part }: Referral, to?: Reference) {
    return actors.post<Task>(as, {
      resourceType: 'Task',
      status: 'requested',
      intent: 'order',
      partOf: [{ reference: `Task/${parent}` }],
      input: [
        { type: { coding: [{ system: inputs, code: 'reopens' }] }, valueReference: { reference: `Task/${part}` } },
        ...(to ? [{ type: activity, valueReference: to }] : []),
      ],
    });
  }
});

const base = 'https://ginnel.org.uk/fhir';
const inputs = activity.coding[0]?.system ?? '';
const successor = { coding: [{ system: `${base}/CodeSystem/task-output`, code: 'successor' }] };

function business(code: string) {
  return { coding: [{ system: `${base}/CodeSystem/referral-business-status`, code }] };
}

function stateOf({ status, businessStatus }: Task): string {
  return `${status}/${businessStatus?.coding?.[0]?.code ?? ''}`;
}

function successorOf({ output = [] }: Task): string {
  const named = output.find(({ type }) => type.coding?.[0]?.code === 'successor')?.valueReference?.reference ?? '';
  return named.replace('Task/', '');
}

function input({ input: all = [] }: Task, code: string): string | undefined {
  return all.find(({ type }) => type.coding?.[0]?.code === code)?.valueReference?.reference;
}

function from(task: Task): string | undefined {
  return input(task, 'forwarded-from');
}
