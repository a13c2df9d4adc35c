import pg from 'pg';
import { everyone } from '#fhir';
import { act, type OpenedStore, openStore } from '../../test/opened-store.js';
import { AuditChain, AuditNotes, type Head } from '../index.js';
import { enterNote } from './audit-notes.js';

const day = 24 * 60 * 60 * 1000;

/** Attacks on the audit by somebody who has the service's own login, or the owner's. */
describe('a forged end of what is kept', () => {
  let opened: OpenedStore;
  let owner: pg.Client;
  let chain: AuditChain;
  let published: Head[];

  beforeAll(async () => {
    opened = await openStore();
    owner = new pg.Client({ connectionString: opened.adminUrl, options: '-c search_path=referral' });
    await owner.connect();
  });
  beforeEach(async () => {
    await owner.query('TRUNCATE audit_event, audit_chain, audit_dropped, maker');
    const notes = new AuditNotes(opened.database, () => new Date());
    chain = new AuditChain(opened.database);
    published = [];
    const { agent, correlationId } = act;
    for (const requestId of ['r-1', 'r-2', 'r-3', 'r-4'])
      await notes.write({
        ...{ agent, correlationId, requestId, organisation: null, role: null, person: null, interaction: 'read' },
        ...{ status: 200, target: null, query: null, purpose: null, entities: [], patients: [] },
      });
    await sealed();
  });
  afterAll(async () => {
    await owner.end();
    await opened.close();
  });

  async function sealed(): Promise<void> {
    while ((await chain.verify([])).unsealed > 0) {
      const head = await chain.seal(new Date());
      if (head) published.push({ ...head, at: new Date() });
    }
  }

  async function faults(heads: readonly Head[] = published): Promise<[kind: string, entry: number | undefined][]> {
    return (await chain.verify(heads)).faults.map(({ kind, entry }) => [kind, entry]);
  }

  async function sayDropped(upTo: number): Promise<void> {
    const request = { role: 'service', query: `up-to=${String(upTo)}` };
    await opened.database.transaction(everyone, (tx) =>
      enterNote(tx, { ...act, interaction: 'audit-retention', request }, new Date()),
    );
  }

  it('drops nothing young, whatever a block of the service says of its age', async () => {
    await owner.query(`UPDATE audit_chain SET newest = now() - interval '100 days'`);
    const session = opened.database.as(everyone);
    await session.query({
      text: `INSERT INTO audit_chain SELECT -9, 1, array_agg(id), '', '', now() - interval '99 days', 0, now() FROM audit_event`,
    });
    await session.query({
      text: `INSERT INTO audit_chain SELECT 1000, 1, array_agg(id), '', '', now() - interval '99 days', 0, now() FROM audit_event`,
    });
    await expect(chain.drop(new Date(Date.now() - 31 * day), act)).rejects.toThrow('younger than it says');
    const { rows } = await owner.query('SELECT count(*)::int AS kept FROM audit_event');
    expect(rows).toEqual([{ kept: 4 }]);
  });

  it('does not believe that young entries were dropped', async () => {
    await owner.query(`DELETE FROM audit_event`);
    await sayDropped(4);
    expect(await faults()).toEqual([1, 2, 3, 4].map((entry) => ['removed', entry]));
    await sealed();
    expect(await faults()).toEqual([1, 2, 3, 4].map((entry) => ['removed', entry]));
    const long = published.map((head) => ({ ...head, at: new Date(Date.now() - 31 * day) }));
    expect(await faults(long)).toEqual([]);
  });

  it('does not believe that one of several was dropped', async () => {
    await owner.query(`DELETE FROM audit_event WHERE request_id = 'r-2'`);
    await sayDropped(2);
    await sealed();
    expect(await faults([])).toEqual([['removed', 1]]);
  });

  it('finds an entry of a time to come that was put behind later ones', async () => {
    await owner.query(
      `INSERT INTO audit_event (id, recorded, agent, interaction, entities, correlation_id, digest, n)
       OVERRIDING SYSTEM VALUE
       SELECT gen_random_uuid(), now() + interval '1 year', agent, interaction, entities, correlation_id, digest, n
       FROM audit_event WHERE request_id = 'r-1'`,
    );
    expect(await faults()).toEqual([['slipped-in', undefined]]);
  });
});
