import type { Practitioner, Task } from 'fhir/r4';
import { eventually } from './eventually.js';
import { clock } from './task-turn-table.js';
import { TurnActors, type Values } from './task-turns.js';
import { startWorld, type World } from './world.js';

const day = 86_400_000;
const wait = (place: number): Values => ({
  expectedWait: { valueDuration: { value: 4, unit: 'weeks', system: 'http://unitsofmeasure.org', code: 'wk' } },
  review: { valueDate: '2026-12-20' },
  place: { valuePositiveInt: place },
  note: { valueString: 'Told on the phone.' },
});

/** The addresses that docs/interactions/task-operations.md names. */
const mine = 'owner=Organization/keighley-healthy-living&part-of:missing=false&code=fulfill';
const lists = {
  isNew: `Task?${mine}&status=requested&_sort=authored-on`,
  waitingForMe: `Task?${mine}&answer-due:missing=false&_sort=answer-due`,
  overdue: (now: Date) => `Task?${mine}&answer-due=lt${now.toISOString()}`,
  contactDue: (today: string) =>
    `Task?${mine}&contact-due=le${today}&status=received,accepted,in-progress,on-hold&_sort=contact-due`,
  byActivity: `Task?${mine}&activity=HealthcareService/walks`,
  byWorker: (worker: string) => `Task?${mine}&worker=${worker}`,
  waitingList: `Task?${mine}&business-status=waitlisted&_sort=waitlist-place`,
  toReview: `Task?${mine}&business-status=waitlisted&waitlist-review=le2026-12-20`,
  toCancel: `Task?${mine}&business-status=cancel-requested`,
  missed: `Task?${mine}&business-status=dna`,
  forRequester:
    'Task?requester=Organization/worth-valley-practice&business-status=alternatives-offered,info-needed,place-offered,escalated',
};

describe('a worklist', () => {
  let world: World;
  let worker = '';
  const part: Record<string, string> = {};
  const parent: Record<string, string> = {};
  const actors = new TurnActors(() => world);

  beforeAll(async () => {
    let at = clock;
    world = await startWorld({ now: () => at });
    const made = await actors.create<Practitioner>('provider-khl', { resourceType: 'Practitioner', active: true });
    worker = `Practitioner/${made.id ?? ''}`;
    const names = ['fresh', 'seen', 'asked', 'third', 'first', 'rung', 'missed', 'unwanted', 'refused', 'walker'];
    for (const name of names) {
      at = new Date(at.getTime() + 1_000);
      const referral = await actors.refer(name === 'walker' ? 'walks' : 'staying-steady');
      Object.assign(part, { [name]: referral.part });
      Object.assign(parent, { [name]: referral.parent });
    }
    const khl = (name: string, code: string, values: Values = {}) =>
      actors.done('provider-khl', part[name] ?? '', code, values);
    await khl('seen', 'acknowledge');
    await khl('asked', 'request-information', { question: { valueString: 'Which days?' } });
    await khl('third', 'waitlist', wait(3));
    await khl('first', 'waitlist', wait(1));
    await khl('rung', 'accept');
    await khl('rung', 'record-contact', {
      channel: { valueCode: 'phone' },
      readiness: { valueCode: 'yellow' },
      nextContact: { valueDate: '2026-11-25' },
    });
    await khl('rung', 'assign', { worker: { valueReference: { reference: worker } } });
    await khl('missed', 'accept');
    await khl('missed', 'did-not-attend', { occurredAt: { valueDateTime: '2026-11-22T10:01:00Z' } });
    await khl('unwanted', 'accept');
    await actors.done('practice', part['unwanted'] ?? '', 'cancel');
    await khl('refused', 'reject', { reason: { valueCode: '40' } });
  }, 120_000);

  afterAll(async () => {
    await world.stop();
  });

  const nameOf = ({ id }: Task) =>
    Object.entries({ ...part }).find(([, one]) => one === id)?.[0] ??
    Object.entries(parent).find(([, one]) => one === id)?.[0] ??
    '';
  const found = async (query: string, as: 'provider-khl' | 'practice' | 'provider-project6' = 'provider-khl') =>
    (await actors.search<Task>(as, query)).map(nameOf);

  it('of what is new', async () => {
    const asked = 'Task?code=complete-questionnaire&status=requested';
    await eventually(
      () => actors.search<Task>('provider-khl', asked),
      (tasks) => tasks.length > 0,
    );
    expect(await found(lists.isNew)).toEqual(['fresh', 'walker']);
  });

  it('of what waits for the provider, and of what it is late with', async () => {
    expect((await found(lists.waitingForMe)).sort()).toEqual(['fresh', 'seen', 'walker']);
    expect(await found(lists.overdue(clock))).toEqual([]);
    const later = new Date(clock.getTime() + 20 * day);
    expect((await found(lists.overdue(later))).sort()).toEqual(['fresh', 'seen', 'walker']);
  });

  it('of people to be contacted', async () => {
    expect(await found(lists.contactDue('2026-11-24'))).toEqual([]);
    expect(await found(lists.contactDue('2026-11-25'))).toEqual(['rung']);
  });

  it('by activity and by worker', async () => {
    expect(await found(lists.byActivity)).toEqual(['walker']);
    expect(await found(lists.byWorker(worker))).toEqual(['rung']);
    await actors.done('provider-khl', part['rung'] ?? '', 'assign');
    expect(await found(lists.byWorker(worker))).toEqual([]);
  });

  it('of the waiting list, in its order', async () => {
    expect(await found(lists.waitingList)).toEqual(['first', 'third']);
    expect((await found(lists.toReview)).sort()).toEqual(['first', 'third']);
  });

  it('of the waiting list without those who are off it, of whom no wait is told any more', async () => {
    const { id = '' } = await actors.done(
      'provider-khl',
      (await actors.refer('staying-steady')).part,
      'waitlist',
      wait(2),
    );
    const named = `Task?_id=${id}&waitlist-place=2`;
    expect(await actors.search('provider-khl', named)).toHaveLength(1);
    await actors.done('provider-khl', id, 'accept');
    expect(await actors.search('provider-khl', named)).toEqual([]);
    expect((await found(lists.toReview)).sort()).toEqual(['first', 'third']);
  });

  it('of cancellations that are asked, and of those who did not come', async () => {
    expect([await found(lists.toCancel), await found(lists.missed)]).toEqual([['unwanted'], ['missed']]);
  });

  it('of what the requester has to do', async () => {
    const names = await found(lists.forRequester, 'practice');
    expect([...new Set(names)].sort()).toEqual(['asked', 'refused']);
    expect(await found(lists.forRequester, 'provider-project6')).toEqual([]);
    const since = 'Task?requester=Organization/worth-valley-practice&_lastUpdated=gt';
    const [all, none] = [
      await found(`${since}2026-01-01T00:00:00Z`, 'practice'),
      await found(`${since}2099-01-01`, 'practice'),
    ];
    // The Task that asks to cancel is among them, and is none of these.
    expect([[...new Set(all)].sort(), none]).toEqual([['', ...Object.keys(part)].sort(), []]);
  });
});
