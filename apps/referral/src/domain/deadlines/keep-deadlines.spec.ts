import type { Extension, Task } from 'fhir/r4';
import { usualDeadlines, WorkingTime } from '#programmes';
import {
  answerDueExtension,
  businessStatus,
  type BusinessStatus,
  contactCountExtension,
  contactDueExtension,
  replyByExtension,
  waitlistReviewExtension,
} from '../codes.js';
import { statesLeft, withStatesLeft } from '../state-before.js';
import { partTurns } from '../transitions.js';
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

  describe('of somebody who waits for a place', () => {
    let accepted: Task;
    let waiting: Task;

    beforeEach(() => {
      accepted = at(undefined, task('accepted', 'accepted'), monday);
      waiting = at(accepted, became(accepted, 'accepted', 'waitlisted', reviewed('2027-01-11')), monday);
    });

    it('are those of the review alone, and the first contact is due again once a place is there', () => {
      expect(told(waiting)).toEqual(['waitlist-review 2027-01-11T00:00']);
      const soon = at(waiting, became(waiting, 'accepted', 'accepted'), '2026-11-24T09:00:00Z');
      const late = at(waiting, became(waiting, 'accepted', 'accepted'), '2027-01-11T09:00:00Z');
      expect([soon, late].map((one) => told(one)[0])).toEqual(['contact 2026-11-30T00:00', 'contact 2027-01-18T00:00']);
    });

    it.each(['info-needed', 'cancel-requested'] as const)('stay those through %s', (business) => {
      const asked = at(waiting, interrupted(waiting, 'accepted', business), monday);
      const extra = business === 'info-needed' ? [] : ['cancel-silence 2026-11-25T09:00'];
      expect(told(asked)).toEqual(['waitlist-review stopped 2027-01-11T00:00', ...extra]);
      const back = at(asked, resumed(asked, waiting), monday);
      expect([told(back), dayIn(back, contactDueExtension)]).toEqual([
        told(waiting),
        dayIn(accepted, contactDueExtension),
      ]);
    });

    it('are those of the next review once one has passed, and after a turn where none is left', () => {
      const [review] = deadlinesIn(waiting);
      const looked = at(waiting, waiting, '2027-01-11T09:00:00Z', { turned: false, ...(review && { passed: review }) });
      expect(told(looked)).toEqual(['waitlist-review 2027-02-08T09:00']);
      const none = withDeadlines(waiting, []);
      expect(told(at(none, none, '2027-01-12T09:00:00Z', { turned: false }))).toEqual([]);
      expect(told(at(none, none, '2027-01-12T09:00:00Z'))).toEqual(['waitlist-review 2027-02-09T09:00']);
      expect(told(at(looked, looked, '2027-01-12T09:00:00Z'))).toEqual(told(looked));
    });

    it('whose day of review has gone by when the wait begins anew have the usual time', () => {
      const came = at(waiting, became(waiting, 'accepted', 'accepted'), '2027-01-12T09:00:00Z');
      const again = at(came, became(came, 'accepted', 'waitlisted'), '2027-01-13T09:00:00Z');
      expect(told(again)).toEqual(['waitlist-review 2027-02-10T09:00']);
    });
  });

  it.each([
    ['requested', 'sent', ['acknowledge', 'decide', 'expire']],
    ['accepted', 'accepted', ['contact', 'no-update']],
    ['on-hold', 'paused', ['contact', 'no-update']],
  ] as const)(
    'stand still for %s/%s while a death is reported, and go on where that was false',
    (...[of, as, kinds]) => {
      const before = at(undefined, { ...task(of, as), extension: of === 'on-hold' ? [due('2026-12-07')] : [] }, monday);
      const dead = at(before, interrupted(before, 'on-hold', 'death-reported'), '2026-11-23T10:00:00Z');
      expect(told(dead).map((line) => line.split(' ', 2))).toEqual(kinds.map((kind) => [kind, 'stopped']));
      const alive = at(dead, resumed(dead, before), '2026-11-23T10:00:00Z');
      expect(deadlinesIn(alive).map(({ kind, stopped }) => [kind, stopped])).toEqual(
        kinds.map((kind) => [kind, undefined]),
      );
      expect(told(alive)[0]).toBe(told(before)[0]);
    },
  );

  it.each([
    ['accepted/paused', ['cancel-silence 2026-11-25T09:00']],
    ['in-progress/paused', []],
    ['in-progress/started', []],
  ] as const)('of %s that is asked to be cancelled end or remind in any case', (from, silence) => {
    const [status, business] = from.split('/') as [Task['status'], BusinessStatus];
    const worked = at(undefined, task(status, business === 'paused' ? 'accepted' : business), monday);
    const rests = business === 'paused' ? at(worked, interrupted(worked, 'on-hold', 'paused'), monday) : worked;
    const asked = at(rests, interrupted(rests, rests.status, 'cancel-requested'), monday);
    const running = told(asked).filter((line) => !line.includes('stopped'));
    expect(running).toEqual(['no-update 2027-01-04T09:00', ...silence]);
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

/** After a turn out of a state that is left for good. */
function became(before: Task, ...[status, business, more = []]: [Task['status'], BusinessStatus, Extension[]?]): Task {
  return { ...before, ...task(status, business), extension: [...(before.extension ?? []), ...more] };
}

/** After a turn that keeps the state that it leaves, as the table of turns has it. */
function interrupted(before: Task, status: Task['status'], business: BusinessStatus): Task {
  const row = partTurns.find((one) => one.business === business && one.keepsState);
  if (!row) throw new Error(`No turn to ${business} keeps the state before it.`);
  const left = statesLeft(before, row, { now: new Date(monday), actors: [] });
  return withStatesLeft({ ...before, ...task(status, business) }, left);
}

function resumed(interruption: Task, { status, businessStatus: business }: Task): Task {
  return withStatesLeft({ ...interruption, status, ...(business ? { businessStatus: business } : {}) }, []);
}

function reviewed(valueDate: string): Extension[] {
  return [{ url: waitlistReviewExtension, valueDate }];
}

function due(valueDate: string): Extension {
  return { url: contactDueExtension, valueDate };
}

function dayIn({ extension = [] }: Task, url: string): string | undefined {
  return extension.find((one) => one.url === url)?.valueDate;
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
