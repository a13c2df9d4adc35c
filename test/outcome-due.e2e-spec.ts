import { randomUUID } from 'node:crypto';
import { everyone } from '#fhir';
import type { DeadLetter } from '#messaging';
import { Service } from '#service';
import { DueSummaries } from '../apps/outcomes/src/use-cases/summaries/due-summaries.js';
import { TakeDueSummary } from '../apps/outcomes/src/use-cases/summaries/take-due-summary.js';
import { SetClock } from './outcome-world.js';
import { startWorld, type World } from './world.js';

let world: World;
let outcomes: Service;
const clock = new SetClock();

beforeAll(async () => {
  world = await startWorld({ now: clock.now });
  const services = world.running.app.get(Service, { strict: false, each: true });
  const found = services.find(({ definition }) => definition.name === 'outcomes');
  if (!found) throw new Error('outcomes is not running.');
  outcomes = found;
});

afterAll(async () => {
  await world.stop();
});

/** A milestone of a referral that nobody has, due now. */
async function milestone(stage: string): Promise<string> {
  const resource = `ServiceRequest/${randomUUID()}`;
  const due = { kind: 'milestone' as const, resource, stage, patient: 'nobody', task: 'none', due: clock.now() };
  const summaries = world.running.app.get(DueSummaries, { strict: false });
  await outcomes.database.transaction(everyone, (tx) => summaries.add(due, tx));
  return resource;
}

/** One day after the other, until it is put aside. */
async function putAside(resource: string): Promise<DeadLetter> {
  const take = world.running.app.get(TakeDueSummary, { strict: false });
  for (let days = 0; days < 20; days += 1) {
    while (await take.execute());
    const letter = (await outcomes.consumers.letters.list()).find((one) => one.resource === resource);
    if (letter) return letter;
    clock.forward(1);
  }
  throw new Error('It was not put aside.');
}

const waiting = () =>
  outcomes.database.as(everyone).query<{ resource: string }>({ text: 'SELECT resource FROM summary_due' });

describe('a milestone of which no summary can be made', () => {
  it('is put aside at once where that can never succeed, and tried again when an operator says so', async () => {
    const resource = await milestone('{"code":"weeks","weeks":12}');
    const letter = await putAside(resource);
    expect(letter).toMatchObject({
      ...{ consumer: 'outcomes-does-due-summaries', eventType: 'summary-due.v1', resource },
      ...{ reason: 'unprocessable', detail: 'not-found at Task', deliveries: 1 },
    });
    expect(await waiting()).toEqual([]);
    expect(await outcomes.consumers.letters.replay(letter.id)).toBe('failed');
    expect(await outcomes.consumers.letters.discard(letter.id)).toBe(true);
  });

  it('is put aside after six tries where it might succeed', async () => {
    const letter = await putAside(await milestone('{'));
    expect([letter.reason, letter.detail, letter.deliveries]).toEqual(['failed', 'SyntaxError', 6]);
    expect(await waiting()).toEqual([]);
  });
});
