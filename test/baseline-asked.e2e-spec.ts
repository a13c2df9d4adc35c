import type { Task } from 'fhir/r4';
import { eventually } from './eventually.js';
import { ReferralActors } from './referral-actors.js';
import { startWorld, type World } from './world.js';

const base = 'https://ginnel.org.uk/fhir';
const waiting = [
  { url: `${base}/StructureDefinition/expected-wait`, valueDuration: { value: 3, unit: 'weeks' } },
  { url: `${base}/StructureDefinition/waitlist-review`, valueDate: '2026-12-20' },
];

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
        businessStatus: { coding: [{ system: `${base}/CodeSystem/referral-business-status`, code: business }] },
        ...more,
      });
    const begun = { status: 'in-progress', executionPeriod: { start: '2026-11-01' } } as const;
    const answers = [
      await turn('waitlisted', { status: 'accepted', extension: waiting }),
      await turn('session-recorded', begun),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const tasks = await eventually(
      () => actors.search<Task>('provider-khl', `Task?based-on=ServiceRequest/${request}&code=complete-questionnaire`),
      (asked) => asked.length >= 4,
    );
    expect(tasks.map(({ input }) => input?.[1]?.valueCoding?.code).sort()).toEqual([
      'after',
      'after',
      'baseline',
      'baseline',
    ]);
  });
});
