import type { Bundle, Communication, Endpoint, Task } from 'fhir/r4';
import { eventually } from './eventually.js';
import {
  answered,
  endpointAt,
  GpSystem,
  headerOf,
  outcomeOf,
  returnAddress,
  saidBy,
  type SentReferral,
} from './gp-system.js';
import { messageFor } from './messages.js';
import { ReferralActors } from './referral-actors.js';
import type { Answer as Answering } from './webhook-receiver.js';
import { startWorld, type World } from './world.js';

const hour = 3_600_000;
const started: Partial<Task> = { status: 'in-progress', executionPeriod: { start: '2026-11-01' } };

describe('a message to a GP system that is not well', () => {
  let world: World;
  let gp: GpSystem;
  let ahead = 0;
  const actors = new ReferralActors(() => world);

  beforeAll(async () => {
    world = await startWorld({ now: () => new Date(Date.now() + ahead) });
    gp = await GpSystem.start(world);
  });

  afterAll(async () => {
    await world.stop();
    await gp.receiver.stop();
  });

  /** What went out about a referral, in the order in which it was taken. */
  function sentAbout({ correlationId }: SentReferral) {
    return gp.taken.filter(({ headers }) => headers['x-correlation-id'] === correlationId);
  }

  it('is kept and told as undeliverable until the directory has an Endpoint of its own organisation', async () => {
    gp.answer = answered(200);
    const referral = await gp.refer();
    const foreign = endpointAt(gp.receiver.url(), { managingOrganization: { reference: 'Organization/project-6' } });
    await world.send('provider-project6', { method: 'POST', path: '/fhir/Endpoint', body: foreign });
    await actors.start('provider-khl', referral.part);
    const [first] = await gp.untilStatuses(referral, ['on-hold', 'preparation']);
    expect(first?.statusReason).toMatchObject({ coding: [{ code: 'no-endpoint' }] });
    expect(sentAbout(referral)).toEqual([]);
    await gp.listen();
    await gp.untilStatuses(referral, ['completed', 'completed']);
    expect(gp.responsesTo(referral).map(saidBy)).toEqual(['accepted', 'started']);
  });

  it('comes again with the same bytes and ids where its answer was lost, and is then known as received', async () => {
    const known = new Set<string>();
    gp.answer = (response, received, at) => {
      const id = String(received.headers['x-request-id']);
      if (known.has(id)) {
        answered(409, outcomeOf('duplicate', 'REC_CONFLICT'))(response, received, at);
        return;
      }
      known.add(id);
      response.destroy();
    };
    const referral = await gp.refer();
    await actors.move('provider-khl', referral.part, { status: 'accepted' });
    const [waiting] = await gp.untilStatuses(referral, ['in-progress']);
    expect(waiting?.statusReason?.text).toBe('connection-lost');
    ahead += 6_000;
    const [done] = await gp.untilStatuses(referral, ['completed']);
    const [first, second] = sentAbout(referral);
    const ids = (one: typeof first) => [one?.body, one?.headers['x-request-id'], one?.headers['x-correlation-id']];
    expect([triesOf(done), ids(second)]).toEqual([2, ids(first)]);
  });

  it('is sent by another process when the first one seems dead, and what that one notes late changes nothing', async () => {
    const held: (() => void)[] = [];
    gp.answer = (response, received, at) => {
      if (held.length > 0) answered(200)(response, received, at);
      else held.push(() => response.destroy());
    };
    const referral = await gp.refer();
    await actors.move('provider-khl', referral.part, { status: 'accepted' });
    await eventually(() => Promise.resolve(held.length), Boolean);
    ahead += 61_000;
    await gp.untilStatuses(referral, ['completed']);
    held.forEach((release) => {
      release();
    });
    await actors.move('provider-khl', referral.part, started);
    const [first] = await gp.untilStatuses(referral, ['completed', 'completed']);
    const [one, other] = sentAbout(referral);
    expect([triesOf(first), other?.body === one?.body, gp.responsesTo(referral).map(saidBy)]).toEqual([
      2,
      true,
      ['accepted', 'accepted', 'started'],
    ]);
  });

  it('waits as long as it is asked to, and the later ones of its referral behind it', async () => {
    gp.answer = (response, received, at) => {
      response.setHeader('retry-after', '3600');
      answered(429, outcomeOf('throttled', 'REC_TOO_MANY_REQUESTS'))(response, received, at);
    };
    const [slow, other] = [await gp.refer(), await gp.refer()];
    await actors.start('provider-khl', slow.part);
    await gp.untilStatuses(slow, ['in-progress', 'preparation']);
    gp.answer = answered(200);
    await actors.move('provider-khl', other.part, { status: 'accepted' });
    await gp.untilStatuses(other, ['completed']);
    ahead += hour - 60_000;
    await actors.move('provider-khl', other.part, started);
    await gp.untilStatuses(other, ['completed', 'completed']);
    expect(sentAbout(slow)).toHaveLength(1);
    ahead += 120_000;
    await gp.untilStatuses(slow, ['completed', 'completed']);
    expect(gp.responsesTo(slow).map(saidBy)).toEqual(['accepted', 'accepted', 'started']);
  });

  it('waits on where an Endpoint of its address is written, and begins its tries anew at a place that is another', async () => {
    gp.answer = (response, received, at) => {
      response.setHeader('retry-after', '3600');
      answered(429, outcomeOf('throttled', 'REC_TOO_MANY_REQUESTS'))(response, received, at);
    };
    const referral = await gp.refer();
    await actors.move('provider-khl', referral.part, { status: 'accepted' });
    await gp.untilStatuses(referral, ['in-progress']);
    const foreign = endpointAt(gp.receiver.url(), { managingOrganization: { reference: 'Organization/project-6' } });
    await actors.create('provider-project6', foreign);
    const [own] = (await gp.search<Endpoint>('practice', `Endpoint?identifier=${returnAddress.value}`)).filter(
      ({ managingOrganization: by }) => by?.reference === 'Organization/worth-valley-practice',
    );
    const renamed = await actors.put<Endpoint>('integrator', { ...(own ?? never()), name: 'Worth Valley' });
    gp.answer = answered(200);
    const moved = await actors.put<Endpoint>('integrator', { ...renamed.body, address: gp.receiver.url('/moved') });
    expect([renamed.status, moved.status]).toEqual([200, 200]);
    const [message] = await gp.untilStatuses(referral, ['completed']);
    expect(sentAbout(referral).map(({ path }) => path)).toEqual([
      '/FHIR/R4/$process-message',
      '/moved/$process-message',
    ]);
    expect(triesOf(message)).toBe(1);
  });

  it('is given up after ten tries in three days, and the next one goes its way', async () => {
    gp.answer = answered(503);
    const referral = await gp.refer();
    await actors.move('provider-khl', referral.part, { status: 'accepted' });
    await gp.untilStatuses(referral, ['in-progress']);
    for (let tries = 1; tries < 10; tries++) {
      ahead += 27 * hour;
      await eventually(
        () => gp.messagesAbout(referral),
        ([message]) => triesOf(message) > tries,
      );
    }
    const [stopped] = await gp.untilStatuses(referral, ['stopped']);
    expect([triesOf(stopped), stopped?.statusReason?.text]).toEqual([10, '503']);
    gp.answer = answered(200);
    await actors.move('provider-khl', referral.part, {
      status: 'in-progress',
      executionPeriod: { start: '2026-11-01' },
    });
    await gp.untilStatuses(referral, ['stopped', 'completed']);
    expect(saidBy(gp.responsesTo(referral).at(-1) ?? never())).toBe('started');
  }, 60_000);

  it('arrives, every one and in its order, where three of ten tries fail', async () => {
    const taken: Bundle[] = [];
    const known = new Set<string>();
    gp.answer = failingOften(taken, known);
    const referrals: SentReferral[] = [];
    for (let n = 0; n < 5; n++) referrals.push(await gp.refer());
    await Promise.all(referrals.map(({ part }) => actors.start('provider-khl', part)));
    await Promise.all(referrals.map(({ part }) => actors.complete('provider-khl', part)));
    for (const referral of referrals) {
      let tried = 0;
      await eventually(
        async () => {
          const found = await gp.messagesAbout(referral);
          const tries = found.reduce((sum, message) => sum + triesOf(message), 0);
          // Once after each try: a clock that runs on and on is one by which it was given up.
          if (tries > tried && found.some(({ status }) => status === 'in-progress')) ahead += 27 * hour;
          tried = tries;
          return found;
        },
        (found) => found.length === 3 && found.every(({ status }) => status === 'completed'),
      );
    }
    const said = referrals.map(({ message }) =>
      taken.filter((one) => headerOf(one).response?.identifier === message.id).map(saidBy),
    );
    expect(said).toEqual(referrals.map(() => ['accepted', 'started', 'completed']));
  }, 60_000);

  it('is sent back to the server itself, and taken there as a response to what it sent', async () => {
    const answers: [string, number][] = [];
    gp.answer = (response, { headers, body }) => {
      const ours = Object.entries(headers).filter(([name]) => /^(x-|nhsd-|accept$|use-context$)/.test(name));
      const sent = { ...Object.fromEntries(ours.map(([name, value]) => [name, String(value)])) };
      void world
        .send('provider-khl', { method: 'POST', path: '/fhir/$process-message', body, headers: sent })
        .then((answer) => {
          answers.push([String(headers['x-correlation-id']), answer.status]);
          response.writeHead(answer.status, {
            'content-type': 'application/fhir+json',
            'x-request-id': answer.headers.get('x-request-id') ?? '',
            'x-correlation-id': answer.headers.get('x-correlation-id') ?? '',
          });
          response.end(answer.text);
        });
    };
    const referral = await gp.refer(messageFor());
    // One after the other: what comes back writes the same Task.
    await actors.move('provider-khl', referral.part, { status: 'accepted' });
    await gp.untilStatuses(referral, ['completed']);
    await actors.move('provider-khl', referral.part, started);
    await gp.untilStatuses(referral, ['completed', 'completed']);
    await actors.complete('provider-khl', referral.part);
    await gp.untilStatuses(referral, ['completed', 'completed', 'completed']);
    const own = answers.filter(([correlationId]) => correlationId === referral.correlationId);
    expect(own.map(([, status]) => status)).toEqual([200, 200, 200]);
  });
});

/** Loses messages, answers and itself, three times of ten; remembers what it took. */
function failingOften(taken: Bundle[], known: Set<string>): Answering {
  const failures: readonly Answering[] = [
    (response) => response.destroy(),
    answered(500, outcomeOf('exception', 'REC_SERVER_ERROR')),
    (response, received) => {
      keep(received.body, String(received.headers['x-request-id']));
      response.destroy();
    },
  ];
  let turn = 0;
  function keep(body: string, id: string): boolean {
    if (known.has(id)) return false;
    known.add(id);
    taken.push(JSON.parse(body) as Bundle);
    return true;
  }
  return (response, received, at) => {
    turn += 1;
    const failure = turn % 10 < 3 ? failures[turn % 10] : undefined;
    if (failure) {
      failure(response, received, at);
      return;
    }
    const isNew = keep(received.body, String(received.headers['x-request-id']));
    const answer = isNew ? answered(200) : answered(409, outcomeOf('duplicate', 'REC_CONFLICT'));
    answer(response, received, at);
  };
}

function triesOf(message: Communication | undefined): number {
  return message?.extension?.find(({ url }) => url.endsWith('/message-tries'))?.valueUnsignedInt ?? 0;
}

function never(): never {
  throw new Error('It did not come.');
}
