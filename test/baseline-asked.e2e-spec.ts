import type { Task } from 'fhir/r4';
import { newActivity } from './directory-actors.js';
import { eventually } from './eventually.js';
import { activity, type Referral, ReferralActors } from './referral-actors.js';
import { type Answer, startWorld, type World } from './world.js';

const base = 'https://ginnel.org.uk/fhir';
const waiting = [
  { url: `${base}/StructureDefinition/expected-wait`, valueDuration: { value: 3, unit: 'weeks' } },
  { url: `${base}/StructureDefinition/waitlist-review`, valueDate: '2026-12-20' },
];
const chairYoga = { type: activity, valueReference: { reference: 'HealthcareService/chair-yoga' } };

describe('the questionnaires of somebody who waits', () => {
  let world: World;
  const actors = new ReferralActors(() => world);

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.stop();
  });

  it('are asked where a session is the first word of the beginning, those of acceptance and of the start', async () => {
    const { request, part } = await actors.refer('chair-yoga');
    const turn = (business: string, more: Partial<Task>) =>
      actors.move('provider-khl', part, {
        businessStatus: businessStatus(business),
        ...more,
      });
    const begun = { status: 'in-progress', executionPeriod: { start: '2026-11-01' } } as const;
    const answers = [
      await turn('waitlisted', { status: 'accepted', extension: waiting }),
      await turn('session-recorded', begun),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(await askedOf(request, 4)).toEqual(['after', 'after', 'baseline', 'baseline']);
  });

  it('are asked where the work goes on at an activity of the programme, as far as it has come', async () => {
    const [waits, works] = [await elsewhere(), await elsewhere()];
    await actors.move('provider-khl', waits.part, { status: 'accepted' });
    await actors.start('provider-khl', works.part);
    const answers = [
      await changed(waits, ({ input = [] }) => [...input, chairYoga]),
      await changed(works, () => [chairYoga]),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(await askedOf(waits.request, 2)).toEqual(['baseline', 'baseline']);
    expect(await askedOf(works.request, 4)).toEqual(['after', 'after', 'baseline', 'baseline']);
  });

  /** A referral to an activity without questionnaires. */
  async function elsewhere(): Promise<Referral> {
    return actors.refer(await newActivity(actors, {}));
  }

  async function changed({ part }: Referral, inputOf: (task: Task) => Task['input']): Promise<Answer<Task>> {
    const task = await actors.read<Task>('provider-khl', `Task/${part}`);
    const input = inputOf(task) ?? [];
    return actors.put('provider-khl', { ...task, input, businessStatus: businessStatus('activity-changed') });
  }

  /** When the questionnaires of a referral are from, once there are so many. */
  async function askedOf(request: string, count: number): Promise<unknown[]> {
    const tasks = await eventually(
      () => actors.search<Task>('provider-khl', `Task?based-on=ServiceRequest/${request}&code=complete-questionnaire`),
      (asked) => asked.length >= count,
    );
    return tasks.map(({ input }) => input?.[1]?.valueCoding?.code).sort();
  }
});

function businessStatus(code: string): NonNullable<Task['businessStatus']> {
  return { coding: [{ system: `${base}/CodeSystem/referral-business-status`, code }] };
}
