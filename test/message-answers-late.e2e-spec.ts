import { randomUUID } from 'node:crypto';
import type { Bundle, Communication, Task } from 'fhir/r4';
import { BarsWorld, idIn, remarks } from './bars-world.js';
import { answering, taskIn } from './message-answers.js';
import { messageFor } from './messages.js';
import { startWorld, type World } from './world.js';

describe('an answer after another one', () => {
  let world: World;
  const bars = new BarsWorld(() => world);

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.stop();
  });

  /** A referral; how its provider answers it, so many minutes from now, and how its Task stands. */
  async function sent() {
    const message: Bundle = messageFor();
    const conversation = { 'x-correlation-id': randomUUID() };
    const taken = await bars.process('practice', message, conversation);
    const part = await bars.part(idIn(taken, 'ServiceRequest'));
    return {
      part,
      say: (minutes: number, task: Partial<Task>) => {
        const timestamp = new Date(Date.now() + minutes * 60_000).toISOString();
        return bars.process('provider-khl', { ...answering(message, { task }), timestamp }, conversation);
      },
    };
  }

  it('is kept with a remark where that one moved the Task and is newer, unless it came from a time to come', async () => {
    const { part, say } = await sent();
    const answers = [await say(60, started), await say(-5, paused), await say(-10, started)];
    expect(answers.map((answer) => [answer.status, remarks(answer), taskIn(answer)])).toEqual([
      [200, [], 'in-progress'],
      [200, [], 'on-hold'],
      [200, ['Task.status'], 'on-hold'],
    ]);
    const answered = `part-of=${part.partOf?.[0]?.reference ?? ''}&category=received-response`;
    const told = await bars.search<Communication>('practice', `Communication?${answered}&_sort=-sent`);
    expect(told.map(({ topic }) => topic?.coding?.[0]?.code)).toEqual(['started', 'paused', undefined]);
  });

  it('is taken where that one is newer and was kept without a turn', async () => {
    const { say } = await sent();
    const answers = [await say(-5, { status: 'cancelled' }), await say(-10, started)];
    expect(answers.map((answer) => [remarks(answer), taskIn(answer)])).toEqual([
      [['Task.status'], 'requested'],
      [[], 'in-progress'],
    ]);
  });

  it('adds the notes that are new, in its own name; in that of the practice it says nothing', async () => {
    const { part, say } = await sent();
    const [first, second] = [{ text: 'Comes on Tuesday.' }, { text: 'Brings a friend.' }];
    const practice = { reference: 'Organization/worth-valley-practice' };
    const said = [
      await say(-9, { note: [first] }),
      await say(-8, { note: [first] }),
      await say(-7, { note: [first, second] }),
      await say(-6, { note: [{ ...first, authorReference: practice }] }),
    ];
    expect(said.map((answer) => [answer.status, remarks(answer)])).toEqual([
      ...Array.from({ length: 3 }, () => [200, []]),
      [200, ['Task.note.authorReference']],
    ]);
    const task = await bars.read<Task>('provider-khl', `Task/${part.id ?? ''}`);
    const signed = [first, second].map(({ text }) => ({ text, authorReference: { reference: part.owner?.reference } }));
    expect([task.meta?.versionId, task.note]).toEqual([
      '3',
      signed.map((note) => expect.objectContaining(note) as unknown),
    ]);
  });
});

const started: Partial<Task> = {
  status: 'in-progress',
  businessStatus: business('started'),
  executionPeriod: { start: '2026-11-01' },
};

const paused: Partial<Task> = {
  status: 'on-hold',
  businessStatus: business('paused'),
  statusReason: { text: 'Away.' },
  extension: [{ url: 'https://ginnel.org.uk/fhir/StructureDefinition/contact-due', valueDate: '2026-12-01' }],
};

function business(code: string) {
  return { coding: [{ system: 'https://ginnel.org.uk/fhir/CodeSystem/referral-business-status', code }] };
}
