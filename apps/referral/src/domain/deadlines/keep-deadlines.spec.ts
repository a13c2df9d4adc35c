import type { Task } from 'fhir/r4';
import { usualDeadlines, WorkingTime } from '#programmes';
import {
  answerDueExtension,
  businessStatus,
  type BusinessStatus,
  contactCountExtension,
  replyByExtension,
} from '../codes.js';
import { deadlinePassedExtension, deadlinesIn, withDeadlines } from './deadline.js';
import { keepDeadlines, type Moment } from './keep-deadlines.js';

describe('the deadlines of a part', () => {
  const policy = { deadlines: usualDeadlines, time: new WorkingTime() };

  it('are those of an answer once it was sent', () => {
    const sent = at(undefined, task('requested', 'sent'), monday);
    expect([told(sent), dateOf(sent, answerDueExtension)]).toEqual([
      ['acknowledge 2026-11-25T09:00', 'decide 2026-11-30T09:00', 'expire 2026-12-07T09:00'],
      '2026-11-25T09:00:00.000Z',
    ]);
  });

  it('are half as long for what is urgent', () => {
    const sent = at(undefined, { ...task('requested', 'sent'), priority: 'urgent' }, monday);
    expect(told(sent)).toEqual(['acknowledge 2026-11-24T09:00', 'decide 2026-11-25T21:00', 'expire 2026-11-30T09:00']);
  });

  it('go on when somebody has seen it, and are those of the work once it was accepted', () => {
    const sent = at(undefined, task('requested', 'sent'), monday);
    const seen = at(sent, { ...sent, ...task('received', 'acknowledged') }, '2026-11-24T09:00:00Z');
    expect(told(seen)).toEqual(['decide 2026-11-30T09:00', 'expire 2026-12-07T09:00']);
    const accepted = at(seen, { ...seen, ...task('accepted', 'accepted') }, '2026-11-26T10:00:00Z');
    expect(told(accepted)).toEqual(['contact 2026-12-03T00:00', 'no-update 2027-01-07T10:00']);
    expect(dateOf(accepted, answerDueExtension)).toBeUndefined();
  });

  it('stand still while the requester is to answer, and go on with what was left', () => {
    const seen = at(undefined, task('received', 'acknowledged'), monday);
    const asked = at(seen, { ...seen, ...task('received', 'info-needed') }, '2026-11-25T09:00:00Z');
    expect([told(asked), dateOf(asked, answerDueExtension)]).toEqual([
      ['decide stopped 2026-11-30T09:00', 'expire stopped 2026-12-07T09:00'],
      undefined,
    ]);
    const answered = at(asked, { ...asked, ...task('received', 'acknowledged') }, '2026-12-04T09:00:00Z');
    expect(told(answered)).toEqual(['decide 2026-12-09T09:00', 'expire 2026-12-16T09:00']);
  });

  it('are not what a client makes of them', () => {
    const sent = at(undefined, task('requested', 'sent'), monday);
    const forged = withDeadlines(sent, [{ kind: 'expire', due: new Date('2030-01-01T00:00:00Z') }]);
    expect(at(sent, forged, monday, { turned: false })).toEqual(sent);
    expect(at(sent, { ...sent, extension: [] }, monday, { turned: false })).toEqual(sent);
  });

  it('end with a contact, and begin with the next one that was agreed', () => {
    const accepted = at(undefined, task('accepted', 'accepted'), monday);
    const contacted = { ...accepted, ...task('accepted', 'contacting') };
    const counted = { ...contacted, extension: [...(accepted.extension ?? []), count(1)] };
    expect(told(at(accepted, counted, '2026-11-24T09:00:00Z'))).toEqual(['no-update 2027-01-05T09:00']);
  });

  it('of a first contact end when the person comes', () => {
    const accepted = at(undefined, task('accepted', 'accepted'), monday);
    const started = at(accepted, { ...accepted, ...task('in-progress', 'started') }, '2026-11-24T09:00:00Z');
    expect(told(started)).toEqual(['no-update 2027-01-05T09:00']);
  });

  it('of a place that is offered end with its day, wherever the clocks stand, and with the reply', () => {
    const accepted = at(undefined, task('accepted', 'accepted'), monday);
    const offer = (day: string) => offered(accepted, day, '2026-11-24T09:00:00Z');
    expect(replies(offer('2026-12-01'))).toEqual(['reply 2026-12-02T00:00']);
    expect(replies(offer('2027-03-28'))).toEqual(['reply 2027-03-28T23:00']);
    expect(replies(offered(offer('2026-12-01'), '2026-12-08', '2026-11-25T09:00:00Z'))).toEqual([
      'reply 2026-12-09T00:00',
    ]);
    const booked = at(offer('2026-12-01'), { ...offer('2026-12-01'), ...task('accepted', 'booked') }, monday);
    expect(replies(booked)).toEqual([]);
  });

  function offered(before: Task, day: string, now: string): Task {
    const extension = (before.extension ?? []).filter(({ url }) => url !== replyByExtension);
    const reply = { url: replyByExtension, valueDate: day };
    return at(before, { ...before, ...task('accepted', 'place-offered'), extension: [...extension, reply] }, now);
  }

  function replies(one: Task): string[] {
    return told(one).filter((line) => line.startsWith('reply'));
  }

  it('pass once, but for that of work of which nothing is heard', () => {
    const sent = at(undefined, task('accepted', 'accepted'), monday);
    const [contact, silence] = deadlinesIn(sent);
    const one = at(sent, sent, '2026-11-30T10:00:00Z', { turned: false, ...(contact ? { passed: contact } : {}) });
    const both = at(one, one, '2027-01-04T09:00:00Z', { turned: false, ...(silence ? { passed: silence } : {}) });
    expect([told(one), told(both)]).toEqual([['no-update 2027-01-04T09:00'], ['no-update 2027-02-15T09:00']]);
    expect(both.extension?.filter(({ url }) => url === deadlinePassedExtension).length).toBe(2);
  });

  it('are none once it has ended', () => {
    const sent = at(undefined, task('requested', 'sent'), monday);
    expect(told(at(sent, { ...sent, ...task('rejected', 'rejected') }, '2026-11-24T09:00:00Z'))).toEqual([]);
  });

  function at(previous: Task | undefined, next: Task, now: string, more: Partial<Moment> = {}): Task {
    return keepDeadlines([previous, next], { ...policy, now: new Date(now), turned: true, ...more });
  }
});

const monday = '2026-11-23T09:00:00Z';

function task(status: Task['status'], business: BusinessStatus): Task {
  return { resourceType: 'Task', status, intent: 'order', businessStatus: businessStatus(business) };
}

function count(value: number) {
  return { url: contactCountExtension, valuePositiveInt: value };
}

function told(one: Task): string[] {
  return deadlinesIn(one).map(({ kind, due, stopped }) =>
    [kind, ...(stopped ? ['stopped'] : []), due.toISOString().slice(0, 16)].join(' '),
  );
}

function dateOf({ extension = [] }: Task, url: string): string | undefined {
  return extension.find((one) => one.url === url)?.valueDateTime;
}
