import { install, type Installation, service } from '../test/installation.js';
import { eventually } from '../test/eventually.js';
import { streamEvents } from '../test/stream-events.js';
import { unpublishedCount, type Version, versions, write } from '../test/written.js';
import { pruneOutbox, republish } from './outbox.js';
import { Relay, type RelayOptions } from './relay.js';
import { ensureStream, streamNameOf } from './stream.js';

describe('Relay', () => {
  let installation: Installation;
  const relays: Relay[] = [];

  beforeEach(async () => {
    installation = await install();
  });

  afterEach(async () => {
    await Promise.all(relays.splice(0).map((relay) => relay.stop()));
    await installation.close();
  });

  const started = (
    { database, broker }: Pick<Installation, 'database' | 'broker'>,
    pollMs = 500,
    more: Partial<RelayOptions> = {},
  ): Relay => {
    const relay = new Relay({ database, broker, service, pollMs, ...more });
    relays.push(relay);
    relay.start();
    return relay;
  };
  const allPublished = (): Promise<number> =>
    eventually(
      () => unpublishedCount(installation.database),
      (count) => count === 0,
    );

  it('publishes a committed version as a CloudEvent with the exact bytes of its content', async () => {
    const { database, broker } = installation;
    const content = '{"resourceType":"Task","id":"a.1","extension":[{"url":"x","valueDecimal":1.50}]}';
    const [id] = await write(database.as(['*']), [{ id: 'a.1', version: 1, content, event: 'referral-accepted.v1' }]);
    started(installation);
    await allPublished();
    const [published] = await streamEvents(broker);
    const { text, ...rest } = published ?? { text: '' };
    expect(text.endsWith(`,"data":${content}}`)).toBe(true);
    expect(rest).toEqual({
      subject: `${broker.namespace}.referral.Task.referral-accepted.a_1`,
      msgId: id,
      event: {
        specversion: '1.0',
        id,
        source: '/ginnel/referral',
        type: 'referral-accepted.v1',
        subject: 'Task/a.1/_history/1',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
        datacontenttype: 'application/fhir+json',
        sequence: 1,
        audience: 'keighley',
        correlationid: 'correlation-1',
        agent: 'gp-practice',
        data: JSON.parse(content) as unknown,
      },
    });
  });

  it('sends only the reference of a deletion, of a Binary and of content above 512 KB', async () => {
    const { database, broker } = installation;
    const large = JSON.stringify({ resourceType: 'Task', id: 'large', description: 'x'.repeat(512 * 1024) });
    await write(database.as(['*']), [
      { id: 'gone', version: 1, deleted: true },
      { type: 'Binary', id: 'pdf', version: 1 },
      { id: 'large', version: 1, content: large },
      { id: 'small', version: 1 },
    ]);
    started(installation);
    await allPublished();
    const events = await streamEvents(broker);
    expect(events.map(({ event }) => [event.subject, 'data' in event]).sort()).toEqual([
      ['Binary/pdf/_history/1', false],
      ['Task/gone/_history/1', false],
      ['Task/large/_history/1', false],
      ['Task/small/_history/1', true],
    ]);
  });

  it('publishes at once what was committed in its own process or another', async () => {
    const { database } = installation;
    const other = await installation.another();
    const leader = started(installation, 60_000);
    await eventually(
      () => leader.leading,
      (leading) => leading,
    );
    const follower = started(other, 60_000);
    await write(database.as(['*']), [{ id: 'one', version: 1 }]);
    leader.wake();
    await allPublished();
    await write(other.database.as(['*']), [{ id: 'two', version: 1 }]);
    follower.wake();
    await allPublished();
    expect([leader.leading, follower.leading]).toEqual([true, false]);
  });

  it('keeps the order of each resource over many batches', async () => {
    const { database, broker } = installation;
    const ids = ['a', 'b', 'c'];
    for (let version = 1; version <= 200; version++)
      await write(
        database.as(['*']),
        ids.map((id) => ({ id, version })),
      );
    started(installation);
    await allPublished();
    const events = await streamEvents(broker);
    const sequences = (id: string): number[] =>
      events.filter(({ event }) => event.subject.startsWith(`Task/${id}/`)).map(({ event }) => event.sequence);
    const expected = Array.from({ length: 200 }, (_, index) => index + 1);
    expect(ids.map(sequences)).toEqual([expected, expected, expected]);
  });

  it('publishes a row that became visible after rows with higher ids', async () => {
    const { database } = installation;
    started(installation, 20);
    await database.transaction(['*'], async (late) => {
      await write(late, [{ id: 'late', version: 1 }]);
      await write(database.as(['*']), [{ id: 'early', version: 1 }]);
      await allPublished();
    });
    await eventually(
      () => streamEvents(installation.broker),
      (events) => events.length === 2,
    );
    await allPublished();
  });

  it('does not let a later version overtake one that the broker refused', async () => {
    const { database, broker } = installation;
    await ensureStream(broker);
    // More than the broker's max_payload.
    const audience = 'o'.repeat(9 * 1024 * 1024);
    await write(database.as(['*']), [...versions('stuck', 2), ...versions('free', 2)]);
    await database.as(['*']).query({
      text: `UPDATE outbox SET audience = ARRAY[$1] WHERE resource_id = 'stuck' AND version = 1`,
      values: [audience],
    });
    started(installation, 20);
    const freeIsOut = await eventually(
      () => streamEvents(broker),
      (events) => events.length === 2,
    );
    expect(freeIsOut.map(({ event }) => event.subject)).toEqual(['Task/free/_history/1', 'Task/free/_history/2']);
    await database.as(['*']).query({ text: `UPDATE outbox SET audience = '{keighley}'` });
    await allPublished();
    expect((await streamEvents(broker)).slice(2).map(({ event }) => event.subject)).toEqual([
      'Task/stuck/_history/1',
      'Task/stuck/_history/2',
    ]);
  });

  describe('of what was written while the broker was away', () => {
    const request = (version: number): Version => ({ type: 'ServiceRequest', id: 'r', version });
    const part = (id: string, version: number, of = 'r'): Version => {
      const focus = { reference: `ServiceRequest/${of}` };
      return { id, version, content: JSON.stringify({ resourceType: 'Task', id, focus }) };
    };
    const subjectsOf = (written: readonly Version[]): string[] =>
      written.map(({ type = 'Task', id, version }) => `${type}/${id}/_history/${String(version)}`);
    const sent = async (): Promise<string[]> =>
      (await streamEvents(installation.broker)).map(({ event }) => event.subject);

    it('keeps the order of all that is part of one referral', async () => {
      const one = [request(1), part('a', 1), ...[2, 3, 4, 5, 6].map((version) => part('a', version))];
      const two = [part('b', 1), part('a', 7), part('b', 2), request(2)];
      const gone: Version = { id: 'b', version: 3, deleted: true };
      await write(installation.database.as(['*']), [...one, ...two, gone, part('other', 1, 'q')]);
      started(installation);
      await allPublished();
      expect((await sent()).filter((subject) => !subject.includes('other'))).toEqual(
        subjectsOf([...one, ...two, gone]),
      );
    });

    it('lets no later event of a referral overtake one that the broker refused', async () => {
      const { database } = installation;
      await ensureStream(installation.broker);
      const stuck = [part('a', 1), part('b', 1), request(1), part('b', 2)];
      const free = [part('other', 1, 'q'), part('other', 2, 'q')];
      await write(
        database.as(['*']),
        [0, 1, 2, 3].flatMap((at) => [...stuck.slice(at, at + 1), ...free.slice(at, at + 1)]),
      );
      // More than the broker's max_payload.
      await database.as(['*']).query({
        text: `UPDATE outbox SET audience = ARRAY[$1] WHERE resource_id = 'a'`,
        values: ['o'.repeat(9 * 1024 * 1024)],
      });
      started(installation, 20, { batch: 2 });
      await eventually(sent, ({ length }) => length === 2);
      expect(await sent()).toEqual(subjectsOf(free));
      await database.as(['*']).query({ text: `UPDATE outbox SET audience = '{keighley}'` });
      await allPublished();
      expect((await sent()).slice(2)).toEqual(subjectsOf(stuck));
    });
  });

  it('hands the lead to another replica when the leader stops or loses its connection', async () => {
    const other = await installation.another();
    const first = started(installation, 20);
    await eventually(
      () => first.leading,
      (leading) => leading,
    );
    const second = started(other, 20);
    await installation.database.as(['*']).query({
      text: `SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database d ON d.oid = database
             WHERE locktype = 'advisory' AND pid <> pg_backend_pid() AND d.datname = current_database()`,
    });
    await eventually(
      () => [first.leading, second.leading],
      (leads) => leads.includes(true),
    );
    await write(other.database.as(['*']), versions('a', 3));
    await allPublished();
    await first.stop();
    await eventually(
      () => second.leading,
      (leading) => leading,
    );
    await write(other.database.as(['*']), versions('a', 3, 4));
    await allPublished();
    expect((await streamEvents(other.broker)).map(({ event }) => event.sequence)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('puts an event once into the stream although it was published and not marked', async () => {
    const { database, broker } = installation;
    await write(database.as(['*']), versions('a', 3));
    started(installation, 20);
    await allPublished();
    await database.as(['*']).query({ text: 'UPDATE outbox SET published_at = NULL' });
    await allPublished();
    expect((await streamEvents(broker)).map(({ event }) => event.sequence)).toEqual([1, 2, 3]);
  });

  it('makes a lost stream again and sends all kept events again, in order and with the same ids', async () => {
    const { database, broker } = installation;
    const relay = started(installation, 20);
    const ids = await write(database.as(['*']), versions('a', 3));
    await allPublished();
    await broker.management.streams.delete(streamNameOf(broker));
    ids.push(...(await write(database.as(['*']), versions('a', 1, 4))));
    relay.wake();
    const events = await eventually(
      () => streamEvents(broker).catch(() => []),
      (found) => found.length === 4,
    );
    await allPublished();
    expect(events.map(({ msgId }) => msgId)).toEqual(ids);
  });

  it('republishes from a time on, and forgets published events that are old', async () => {
    const { database } = installation;
    started(installation, 20);
    await write(database.as(['*']), versions('a', 2));
    await allPublished();
    await database
      .as(['*'])
      .query({ text: `UPDATE outbox SET occurred_at = now() - interval '1 day' WHERE version = 1` });
    expect(await republish(database, { since: new Date(Date.now() - 3_600_000) })).toBe(1);
    await allPublished();
    expect(await republish(database)).toBe(2);
    await allPublished();
    expect(await pruneOutbox(database, new Date(Date.now() + 60_000))).toBe(2);
    expect(await republish(database)).toBe(0);
  });
});
