import type { Task } from 'fhir/r4';
import { businessStatus, contactDueExtension, readinessExtension, taskOutputSystem } from './codes.js';
import { plainlyMeant } from './plain-task.js';
import { statusReasonSystem, withNhsReason } from './status-reasons.js';

const now = new Date('2026-11-22T09:00:00Z');
const part: Task = {
  resourceType: 'Task',
  id: 'a',
  status: 'in-progress',
  businessStatus: businessStatus('started'),
  intent: 'order',
  owner: { reference: 'Organization/khl', display: 'Keighley Healthy Living' },
  partOf: [{ reference: 'Task/parent' }],
  authoredOn: '2026-11-01T09:00:00Z',
  note: [{ text: 'Likes to sing', time: '2026-11-02T09:00:00Z', authorReference: { reference: 'Organization/khl' } }],
};

describe('plainlyMeant', () => {
  it('keeps what a system leaves out that does not know it', () => {
    const meant = plainlyMeant(part, { resourceType: 'Task', id: 'a', status: 'on-hold', intent: 'order' }, { now });
    expect(meant).toMatchObject({ status: 'on-hold', partOf: part.partOf, owner: part.owner, note: part.note });
  });

  it('keeps when the work began, and why and for what it was asked, where that is left out', () => {
    const description = 'Somebody to walk with';
    const reasonCode = { text: 'Lonely' };
    const reasonReference = { reference: 'Condition/lonely' };
    const before: Task = {
      ...part,
      executionPeriod: { start: '2026-11-02' },
      description,
      reasonCode,
      reasonReference,
    };
    const sent: Task = { resourceType: 'Task', id: 'a', status: 'completed', intent: 'order' };
    const { executionPeriod } = before;
    const meant = plainlyMeant(before, sent, { now });
    expect(meant).toMatchObject({ executionPeriod, description, reasonCode, reasonReference });
    const ended = plainlyMeant(before, { ...sent, executionPeriod: { end: '2026-11-20' } }, { now });
    expect(ended.executionPeriod).toEqual({ start: '2026-11-02', end: '2026-11-20' });
    const corrected = plainlyMeant(ended, { ...sent, executionPeriod: { start: '2026-11-03' } }, { now });
    expect(corrected.executionPeriod).toEqual({ start: '2026-11-03', end: '2026-11-20' });
  });

  it("keeps Ginnel's extensions beside those of a system that sends none of them, and lets who sends one take away another", () => {
    const foreign = { url: 'https://fhir.nhs.uk/StructureDefinition/Extension-Provenance-agent', valueString: 'Ann' };
    const [due, readiness] = [
      { url: contactDueExtension, valueDate: '2026-11-30' },
      { url: readinessExtension, valueCode: 'green' },
    ];
    const before: Task = { ...part, extension: [due, readiness] };
    const meant = plainlyMeant(before, { ...part, extension: [foreign] }, { now });
    expect(meant.extension).toEqual([foreign, due, readiness]);
    expect(plainlyMeant(meant, { ...part, extension: [foreign] }, { now }).extension).toEqual(meant.extension);
    expect(plainlyMeant(meant, { ...part, extension: [foreign, due] }, { now }).extension).toEqual([foreign, due]);
  });

  it('takes a reference with another display for the same, and another reference for another', () => {
    const named = plainlyMeant(part, { ...part, owner: { reference: 'Organization/khl', display: 'KHL' } }, { now });
    expect(named.owner).toEqual(part.owner);
    const other = plainlyMeant(part, { ...part, owner: { reference: 'Organization/other' } }, { now });
    expect(other.owner).toEqual({ reference: 'Organization/other' });
  });

  it('takes the code that was given for the reason that was coded in more ways since, and another for another', () => {
    const given = (code: string): Task => ({
      ...part,
      statusReason: { coding: [{ system: statusReasonSystem, code }] },
    });
    const before: Task = { ...part, statusReason: withNhsReason(given('capacity').statusReason ?? {}) };
    expect(before.statusReason?.coding).toHaveLength(2);
    expect(plainlyMeant(before, given('capacity'), { now }).statusReason).toEqual(before.statusReason);
    expect(plainlyMeant(before, given('transport'), { now }).statusReason).toEqual(given('transport').statusReason);
  });

  it('says that the outcome is unknown where the whole of Ginnel is unknown to its sender, and never otherwise', () => {
    const plain: Task = { ...part, status: 'completed' };
    expect(plainlyMeant(part, plain, { now }).output).toBeUndefined();
    delete plain.businessStatus;
    expect(plainlyMeant(part, plain, { now }).output?.[0]).toMatchObject({
      _valueCode: { extension: [{ valueCode: 'unknown' }] },
    });
  });

  it('keeps the outcome that was recorded where its sender knows none, told once or again, and lets who says one change it', () => {
    const gravity = { type: { coding: [{ system: 'https://gravity.example', code: 'resulting-activity' }] } };
    const said = (code: string, value: object) => ({
      type: { coding: [{ system: taskOutputSystem, code }] },
      ...value,
    });
    const [fully, words] = [said('need-met', { valueCode: 'fully' }), said('outcome', { valueString: 'Walks.' })];
    const meant = (before: Task['output'], sent: Task['output']) => {
      const ended: Task = { ...part, status: 'completed', businessStatus: businessStatus('completed') };
      const { businessStatus: unknown, ...plain } = ended;
      expect(unknown).toBeDefined();
      return plainlyMeant({ ...ended, output: before ?? [] }, { ...plain, output: sent ?? [] }, { now }).output;
    };
    const first = plainlyMeant(part, { ...part, status: 'completed', businessStatus: {}, output: [gravity] }, { now });
    expect(first.output).toHaveLength(2);
    expect(meant(first.output, [gravity])).toEqual(first.output);
    expect(meant([fully, words], [gravity])).toEqual([fully, words, gravity]);
    expect(meant([fully, words, gravity], [gravity])).toEqual([fully, words, gravity]);
    const [partly, more] = [said('need-met', { valueCode: 'partly' }), said('outcome', { valueString: 'Walks more.' })];
    expect(meant([fully, words], [partly])).toEqual([partly]);
    expect(meant([fully, words], [more])).toEqual([fully, more]);
  });

  it('signs a new note, and lets none be changed or taken away', () => {
    const sent: Task = { ...part, note: [{ text: 'Cycles now' }, { text: 'Likes to' }] };
    const { note } = plainlyMeant(part, sent, { author: 'khl', now });
    expect(note?.map(({ text }) => text)).toEqual(['Likes to sing', 'Cycles now', 'Likes to']);
    expect(note?.[1]).toEqual({
      text: 'Cycles now',
      time: now.toISOString(),
      authorReference: { reference: 'Organization/khl' },
    });
    expect(plainlyMeant({ ...part, note: note ?? [] }, sent, { author: 'khl', now }).note).toEqual(note);
  });

  it('takes the same words once more for another note where the one that has them is sent too, and a repetition for none', () => {
    const [first = { text: '' }] = part.note ?? [];
    const again = { text: first.text };
    const noted = (previous: Task, ...note: NonNullable<Task['note']>) =>
      plainlyMeant(previous, { ...part, note }, { author: 'khl', now });
    expect(noted(part, again).note).toEqual([first]);
    const meant = noted(part, first, again);
    expect(meant.note?.map(({ text, time }) => [text, time])).toEqual([
      [first.text, first.time],
      [first.text, now.toISOString()],
    ]);
    expect(noted(meant, first, again).note).toEqual(meant.note);
    expect(noted(meant, again, first).note).toEqual(meant.note);
  });
});
