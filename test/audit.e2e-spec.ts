import pg from 'pg';
import type { Condition, Patient } from 'fhir/r4';
import { serviceNames } from '#fhir';
import { publishedHeads, type PublishedHead } from '#service';
import { testInfrastructure } from '#testing';
import { verifyAll } from '../apps/sandbox/src/commands/audit.js';
import { eventually } from './eventually.js';
import { startWorld, type World } from './world.js';

const patient: Patient = { resourceType: 'Patient', active: true, name: [{ family: 'Invented' }] };

describe('the audit of an installation', () => {
  let world: World;
  let owner: pg.Client;

  beforeAll(async () => {
    world = await startWorld();
    owner = new pg.Client({ connectionString: world.databaseUrl, options: '-c search_path=referral' });
    await owner.connect();
  });
  afterAll(async () => {
    await owner.end();
    await world.stop();
  });

  async function verified(
    kept: readonly PublishedHead[] = [],
    { namespace }: { namespace: string } = world.running.platform.broker,
  ): Promise<{ code: number; lines: string[] }> {
    const { natsUrl, natsMonitorUrl } = testInfrastructure();
    const lines: string[] = [];
    const place = { databaseUrl: world.databaseUrl, natsUrl, natsMonitorUrl, namespace };
    const code = await verifyAll(place, { kept, print: (line) => lines.push(line) });
    return { code, lines };
  }

  /** Where an entry stands in the chain, once the head of its block is published. */
  async function sealed(requestId: string): Promise<{ first: string; id: string }> {
    const text =
      'SELECT c.first, a.id FROM audit_event a JOIN audit_chain c ON a.id = ANY (c.ids) WHERE a.request_id = $1';
    const place = await eventually(
      async () => {
        const { rows } = await owner.query<{ first: string; id: string }>(text, [requestId]);
        const heads = await publishedHeads(world.running.platform.broker, 'referral');
        return rows.find(({ first }) => heads.some(({ entries }) => entries >= Number(first)));
      },
      (row) => row !== undefined,
    );
    return place ?? { first: '', id: '' };
  }

  it('holds every service against its published heads', async () => {
    const headers = { 'x-request-id': 'audit-1' };
    await world.send('practice', { method: 'POST', path: '/fhir/Patient', body: patient, headers });
    await sealed('audit-1');
    const { code, lines } = await verified();
    const said = code === 0 ? lines.slice(-1) : lines;
    expect({ code, said }).toEqual({ code: 0, said: ['The audit is whole.'] });
    for (const service of serviceNames) expect(lines.join('\n')).toContain(`${service}: `);
  });

  it('says of a delete whose record it was', async () => {
    const { body: person } = await world.send<Patient>('practice', {
      method: 'POST',
      path: '/fhir/Patient',
      body: patient,
    });
    const subject = { reference: `Patient/${person.id ?? ''}` };
    const { body: condition } = await world.send<Condition>('practice', {
      method: 'POST',
      path: '/fhir/Condition',
      body: { resourceType: 'Condition', subject },
    });
    const path = `/fhir/Condition/${condition.id ?? ''}`;
    const headers = { 'x-request-id': 'audit-delete' };
    expect((await world.send('practice', { method: 'DELETE', path, headers })).status).toBe(204);
    const { rows } = await owner.query("SELECT patients FROM audit_event WHERE request_id = 'audit-delete'");
    expect(rows).toEqual([{ patients: [subject.reference] }]);
  });

  it('names in the entry of a job only what was found, once it is fetched', async () => {
    const { body } = await world.send<Patient>('practice', { method: 'POST', path: '/fhir/Patient', body: patient });
    const own = `Patient/${body.id ?? ''}`;
    const prefer = { prefer: 'respond-async' };
    const inVain = {
      path: '/fhir/Patient/9434765919/$everything',
      headers: { ...prefer, 'x-request-id': 'audit-vain' },
    };
    expect((await world.send('practice', inVain)).status).toBe(202);
    const begun = await world.send('practice', { path: `/fhir/${own}/$everything`, headers: prefer });
    const path = new URL(begun.headers.get('content-location') ?? '').pathname;
    const headers = { 'x-request-id': 'audit-job' };
    await eventually(
      () => world.send('practice', { path, headers }),
      ({ status }) => status === 200,
    );
    const { rows } = await owner.query(
      "SELECT entities, patients FROM audit_event WHERE request_id = 'audit-job' AND status = 200",
    );
    expect(rows).toEqual([{ entities: expect.arrayContaining([`${own}/_history/1`]) as string[], patients: [own] }]);
    const { rows: vain } = await owner.query<{ text: string }>(
      "SELECT a::text AS text FROM audit_event a WHERE request_id = 'audit-vain'",
    );
    expect(vain.length).toBeGreaterThan(0);
    expect(JSON.stringify(vain)).not.toContain('9434765919');
  });

  it('does not call a chain whole of which no head is kept anywhere', async () => {
    await world.send('practice', { path: '/fhir/Patient', headers: { 'x-request-id': 'audit-0' } });
    await sealed('audit-0');
    const { code, lines } = await verified([], { namespace: 'lost' });
    expect(code).toBe(1);
    expect(lines).toContain('referral: no head is kept anywhere: whether this chain was made anew cannot be told');
    expect(lines.at(-1)).toMatch('The audit is not whole');
  });

  it('finds what the owner of the database changed, removed and cut off, and says which', async () => {
    for (const id of ['audit-2', 'audit-3', 'audit-4'])
      await world.send('practice', { path: '/fhir/Patient', headers: { 'x-request-id': id } });
    const rows = [await sealed('audit-2'), await sealed('audit-3'), await sealed('audit-4')];
    const kept = await publishedHeads(world.running.platform.broker, 'referral');
    await owner.query(`UPDATE audit_event SET agent = 'somebody-else' WHERE request_id = 'audit-2'`);
    await owner.query(`DELETE FROM audit_event WHERE request_id = 'audit-3'`);
    const found = await verified(kept);
    expect(found.code).toBe(1);
    expect(found.lines.filter((line) => /changed|removed/.test(line))).toEqual([
      expect.stringMatching(`referral: changed: entry \\d+ \\(${rows[0]?.id ?? ''}\\)`),
      expect.stringMatching(`referral: removed: entry \\d+ \\(${rows[1]?.id ?? ''}\\)`),
    ]);
    await owner.query('DELETE FROM audit_chain WHERE first >= $1', [rows[1]?.first]);
    const cut = await verified();
    expect(cut.lines.join('\n')).toMatch(/referral: (cut-off|rewritten): entry \d+/);
  });
});
