import pg from 'pg';
import type { Task } from 'fhir/r4';
import { everyone } from '#fhir';
import { act, type OpenedStore, openStore } from '../../test/opened-store.js';
import { AuditChain, type AuditNote, AuditNotes, type AuditVerdict, type Head, verifyAudit } from '../index.js';
import { readColumns, type ReadRow, rowRead } from './audit-read-row.js';
import { digestOf } from './audit-row.js';

const task: Task = { resourceType: 'Task', status: 'requested', intent: 'order', for: { reference: 'Patient/p-1' } };

const read: AuditNote = {
  agent: 'gp-practice',
  organisation: 'bradford-moor-practice',
  role: 'practice',
  person: null,
  interaction: 'read',
  status: 200,
  target: 'Task/1',
  query: null,
  purpose: null,
  entities: ['Task/1/_history/1'],
  patients: ['Patient/p-1'],
  requestId: 'r-1',
  correlationId: 'c-1',
};

describe('the audit of a service', () => {
  let opened: OpenedStore;
  let owner: pg.Client;
  let notes: AuditNotes;
  let chain: AuditChain;
  let published: Head[];
  const now = (): Date => new Date();

  beforeAll(async () => {
    opened = await openStore();
    owner = new pg.Client({ connectionString: opened.adminUrl, options: '-c search_path=referral' });
    await owner.connect();
  });
  beforeEach(async () => {
    await owner.query('TRUNCATE audit_event, audit_chain, audit_dropped, maker');
    notes = new AuditNotes(opened.database, now);
    chain = new AuditChain(opened.database);
    published = [];
  });
  afterAll(async () => {
    await owner.end();
    await opened.close();
  });

  /** Everything that is committed: after a gap that waits for every transaction of this cluster that was open meanwhile. */
  async function sealed(): Promise<void> {
    while ((await verdict([])).unsealed > 0) {
      const head = await chain.seal(now());
      if (head) published.push(head);
    }
  }

  async function entries(count: number): Promise<void> {
    for (let at = 0; at < count; at++) await notes.write({ ...read, requestId: `r-${String(at)}` });
  }

  function verdict(heads: readonly Head[] = published): Promise<AuditVerdict> {
    return verifyAudit(opened.database.as(everyone), heads);
  }

  async function faults(heads?: readonly Head[]): Promise<[kind: string, entry: number | undefined][]> {
    return (await verdict(heads)).faults.map(({ kind, entry }) => [kind, entry]);
  }

  it('writes what comes together by few statements, and holds against its chain', async () => {
    await Promise.all(Array.from({ length: 300 }, () => notes.write(read)));
    await opened.store.commit([{ interaction: 'create', resource: task, audience: ['one'] }], act);
    await sealed();
    const { rows } = await owner.query('SELECT count(DISTINCT xmin::text)::int AS statements FROM audit_event');
    expect((rows[0] as { statements: number }).statements).toBeLessThan(20);
    expect(await verdict()).toMatchObject({ entries: 301, unsealed: 0, heads: published.length, faults: [] });
  });

  it('keeps of a write whose record it was, and what the request said', async () => {
    const said = { role: 'practice', target: 'Task', purpose: 'TREAT' };
    const request = { ...said };
    await opened.store.commit([{ interaction: 'create', resource: { ...task, id: 'a' }, audience: ['one'] }], {
      ...act,
      request,
    });
    const { rows } = await owner.query('SELECT role, target, purpose, patients, entities, wrote FROM audit_event');
    expect(rows).toEqual([{ ...said, patients: ['Patient/p-1'], entities: ['Task/a/_history/1'], wrote: true }]);
    expect(request).toMatchObject({ isWritten: true });
  });

  it('finds a row that was removed, and says which', async () => {
    await entries(5);
    await sealed();
    await owner.query('DELETE FROM audit_event WHERE request_id = $1', ['r-2']);
    expect(await faults()).toEqual([['removed', 3]]);
  });

  it('finds a row that was changed, also with a digest that fits it', async () => {
    await entries(5);
    await sealed();
    await owner.query(`UPDATE audit_event SET agent = 'nobody' WHERE request_id = 'r-1'`);
    await owner.query(`UPDATE audit_event SET digest = sha256('other') WHERE request_id = 'r-3'`);
    expect(await faults()).toEqual([
      ['changed', 2],
      ['changed', 4],
    ]);
  });

  it('finds rows that changed their places, and a chain that was put in another order', async () => {
    await entries(5);
    await sealed();
    await owner.query(`CREATE TABLE swapped AS SELECT * FROM audit_event WHERE request_id IN ('r-1', 'r-3')`);
    await owner.query(
      `UPDATE audit_event a SET request_id = s.request_id, recorded = s.recorded, digest = s.digest
       FROM swapped s WHERE a.request_id IN ('r-1', 'r-3') AND s.id <> a.id`,
    );
    expect((await faults()).filter(([kind]) => kind === 'reordered')).toEqual([
      ['reordered', 2],
      ['reordered', 4],
    ]);
    await owner.query(
      `UPDATE audit_event a SET request_id = s.request_id, recorded = s.recorded, digest = s.digest FROM swapped s WHERE s.id = a.id`,
    );
    await owner.query('DROP TABLE swapped');
    expect(await faults()).toEqual([]);
    await owner.query(
      `UPDATE audit_chain SET ids = ids[2:2] || ids[1:1] || ids[3:], digests = substring(digests FROM 33 FOR 32)
         || substring(digests FROM 1 FOR 32) || substring(digests FROM 65) WHERE entries > 1`,
    );
    expect((await faults()).map(([kind]) => kind)).toContain('rewritten');
    expect((await faults([])).map(([kind]) => kind)).toEqual(entriesInOneBlock() ? ['reordered'] : []);
  });

  function entriesInOneBlock(): boolean {
    return published.some(({ entries: at }, turn) => at - (published[turn - 1]?.entries ?? 0) > 1);
  }

  it('finds that the end was cut off, and that others were sealed in its place', async () => {
    await entries(3);
    await sealed();
    const { rows } = await owner.query<{ first: string }>('SELECT max(first) AS first FROM audit_chain');
    await entries(3);
    await sealed();
    await owner.query('DELETE FROM audit_event WHERE n > (SELECT n_to FROM audit_chain WHERE first = $1)', [
      rows[0]?.first,
    ]);
    await owner.query('DELETE FROM audit_chain WHERE first > $1', [rows[0]?.first]);
    expect(await faults()).toEqual([['cut-off', 4]]);
    expect(await faults([])).toEqual([]);
    await entries(4);
    const before = [...published];
    await sealed();
    expect((await faults(before)).map(([kind]) => kind)).toContain('rewritten');
  });

  it('finds a chain that was made anew for rows that were removed', async () => {
    await entries(4);
    await sealed();
    await owner.query(`DELETE FROM audit_event WHERE request_id = 'r-1'`);
    await owner.query('DELETE FROM audit_chain');
    const before = [...published];
    chain = new AuditChain(opened.database);
    await sealed();
    expect(await faults([])).toEqual([]);
    expect((await faults(before)).length).toBeGreaterThan(0);
  });

  it('finds a row that was put behind later ones', async () => {
    await entries(3);
    await sealed();
    await owner.query(
      `INSERT INTO audit_event (id, recorded, agent, interaction, entities, correlation_id, digest, n)
       OVERRIDING SYSTEM VALUE
       SELECT gen_random_uuid(), now() - interval '1 day', agent, interaction, entities, correlation_id, digest, n
       FROM audit_event WHERE request_id = 'r-0'`,
    );
    expect((await faults()).map(([kind]) => kind)).toEqual(['slipped-in']);
  });

  it('waits for what began earlier and is committed later, and forks for nobody', async () => {
    const other = new pg.Client({ connectionString: opened.adminUrl, options: '-c search_path=referral' });
    await other.connect();
    await other.query('BEGIN');
    await other.query(
      `INSERT INTO audit_event (id, recorded, agent, interaction, entities, correlation_id, digest)
       VALUES (gen_random_uuid(), now(), 'late', 'read', '{}', 'c', sha256('late'))`,
    );
    await entries(2);
    for (let passes = 0; passes < 5; passes++) expect(await chain.seal(now())).toBeUndefined();
    await other.query('COMMIT');
    await other.end();
    const second = new AuditChain(opened.database);
    const results = await Promise.allSettled([chain.seal(now()), second.seal(now())]);
    await sealed();
    expect(results.map(({ status }) => status)).toContain('fulfilled');
    const { rows } = await owner.query(
      'SELECT count(*)::int AS entries, count(DISTINCT id)::int AS ids FROM (SELECT unnest(ids) AS id FROM audit_chain) i',
    );
    expect(rows).toEqual([{ entries: 3, ids: 3 }]);
  });

  it('goes on after a number that nobody will ever use', async () => {
    await entries(1);
    await owner.query('BEGIN');
    await owner.query(
      `INSERT INTO audit_event (id, recorded, agent, interaction, entities, correlation_id, digest)
       VALUES (gen_random_uuid(), now(), 'gone', 'read', '{}', 'c', sha256('gone'))`,
    );
    await owner.query('ROLLBACK');
    await entries(2);
    await sealed();
    expect(await verdict()).toMatchObject({ entries: 3, unsealed: 0, faults: [] });
  });

  it('seals later what appeared behind what was sealed', async () => {
    await entries(3);
    await sealed();
    await owner.query(`CREATE TABLE kept AS SELECT * FROM audit_event WHERE request_id = 'r-1'`);
    await owner.query('TRUNCATE audit_chain');
    await owner.query(`DELETE FROM audit_event WHERE request_id = 'r-1'`);
    published = [];
    await sealed();
    await owner.query('INSERT INTO audit_event OVERRIDING SYSTEM VALUE SELECT * FROM kept');
    await owner.query('DROP TABLE kept');
    expect(await chain.seal(now())).toBeUndefined();
    expect(await chain.sealLate(now())).toMatchObject({ entries: 3 });
    expect(await chain.sealLate(now())).toBeUndefined();
    expect((await verdict()).faults).toEqual([]);
  });

  it('drops what is old, enters that it did, and still holds; who made what is there stays known', async () => {
    const year = 365 * 24 * 60 * 60 * 1000;
    const resource: Task = { ...task, id: 'made-long-ago' };
    await opened.store.commit([{ interaction: 'create', resource, audience: ['one'] }], {
      ...act,
      organisation: 'moor',
    });
    await entries(2);
    await owner.query(`UPDATE task SET last_updated = last_updated - interval '12 years'`);
    await owner.query(`UPDATE audit_event SET recorded = recorded - interval '12 years'`);
    await redigest();
    await sealed();
    await entries(3);
    await sealed();
    const service = { agent: 'referral', correlationId: 'c-2' };
    expect(await chain.drop(new Date(Date.now() - 10 * year), service)).toBe(3);
    expect(await chain.drop(new Date(Date.now() - 10 * year), service)).toBe(0);
    await sealed();
    const held = await verdict();
    expect(held).toMatchObject({ droppedUpTo: 3, faults: [] });
    expect(held.since?.getFullYear()).toBe(new Date().getFullYear());
    expect(await opened.store.makerOf('Task', 'made-long-ago')).toEqual({ agent: 'gp-practice', organisation: 'moor' });
    await owner.query(`DELETE FROM audit_event WHERE request_id = 'r-0'`);
    expect(await faults()).toEqual([['removed', 4]]);
    await expect(chain.drop(new Date(), service)).rejects.toThrow('last 30 days');
  });

  /** Gives rows that a test has made old the digest that they would have had. */
  async function redigest(): Promise<void> {
    const { rows } = await owner.query<ReadRow>(`SELECT ${readColumns} FROM audit_event`);
    for (const row of rows)
      await owner.query('UPDATE audit_event SET digest = $2 WHERE id = $1', [row.id, digestOf(rowRead(row))]);
  }

  it('lets the service neither change nor delete what it has sealed', async () => {
    await entries(1);
    await sealed();
    for (const text of ['UPDATE audit_chain SET head = head', 'DELETE FROM audit_chain', 'DELETE FROM audit_event'])
      await expect(opened.database.as(everyone).query({ text })).rejects.toThrow('permission denied');
  });
});
