import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bundle, FhirResource, Group } from 'fhir/r4';
import { republish } from '#messaging';
import { Service } from '#service';
import { testInfrastructure } from '#testing';
import { erasePerson } from '../apps/sandbox/src/person/erase-person.js';
import { exportPerson } from '../apps/sandbox/src/person/export-person.js';
import { definitions } from '../apps/sandbox/src/sandbox.module.js';
import { eventually } from './eventually.js';
import { ErasingProcess } from './person/erasing-process.js';
import { allDealtWith, allMessages, placesOf, withDatabase } from './person/everywhere.js';
import { everythingOf, groupOf, referSomebody, type Somebody, tellNobody } from './person/people.js';
import { startWorld, type World } from './world.js';

let world: World;
let jo: Somebody;
let sam: Somebody;
let group: Group;
const folder = mkdtempSync(join(tmpdir(), 'ginnel-person-'));

beforeAll(async () => {
  world = await startWorld();
  jo = await referSomebody(world, { number: '9434765919', family: 'Markedforerasure' });
  sam = await referSomebody(world, { number: '9434765870', family: 'Keptasitis' });
  group = await groupOf(world, [jo, sam]);
  await tellNobody(world, jo);
  await eventually(
    () => placesOf(world, [jo.referral.part]),
    (places) => (places['subscriptions.delivery'] ?? 0) > 0,
  );
});

afterAll(async () => {
  await world.stop();
  rmSync(folder, { recursive: true });
});

describe('a person who asks what is held of him', () => {
  it('is given every version of every record and the audit, in files for their owner alone', async () => {
    const exported = await exportPerson({ adminUrl: world.databaseUrl, definitions, number: sam.number, folder });
    const { file = '', manifestFile = '', manifest } = exported ?? {};
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    const resources = lines.map((line) => JSON.parse(line) as FhirResource);
    const of = (type: string) => resources.filter(({ resourceType }) => resourceType === type);
    expect(new Set(of('Patient').map(({ id }) => id))).toEqual(new Set(sam.patients));
    expect(of('Task').filter(({ id }) => id === sam.referral.part).length).toBeGreaterThan(3);
    expect(
      ['QuestionnaireResponse', 'Composition', 'DocumentReference', 'Binary', 'Bundle', 'AuditEvent'].map(
        (type) => of(type).length > 0,
      ),
    ).toEqual(Array(6).fill(true));
    expect(lines.some((line) => line.includes(jo.family) || line.includes(jo.number))).toBe(false);
    const modes = [file, manifestFile].map((path) => statSync(path).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600]);
    expect([file, manifestFile].join().includes(sam.number)).toBe(false);
    const counts = Object.values(manifest?.resources ?? {}).map(({ current, past }) => current + past);
    expect(counts.reduce((sum, count) => sum + count, of('AuditEvent').length)).toBe(lines.length);
    expect([manifest?.namedIn, manifest?.elsewhere['referral.job']]).toEqual([[`Group/${group.id ?? ''}`], 1]);
  });

  it('is exported to no folder that is not there, in a sentence', async () => {
    const asked = { adminUrl: world.databaseUrl, definitions, number: sam.number, folder: join(folder, 'none') };
    await expect(exportPerson(asked)).rejects.toThrow(/^There is no folder .*none: make it first\.$/);
  });

  it('is told where nothing is held', async () => {
    const asked = { adminUrl: world.databaseUrl, definitions, number: '9434765838', folder };
    expect(await exportPerson(asked)).toBeUndefined();
  });
});

describe('a person who is erased', () => {
  let late: string[];

  it('is nowhere any more, in no table and no message, and others are as they were', async () => {
    const held = await placesOf(world, [jo.number, jo.family, ...jo.patients]);
    const some = ['referral.history', 'outcomes.task', 'referral.job', 'subscriptions.delivery', 'referral.used_key'];
    expect(Object.keys(held)).toEqual(expect.arrayContaining([...some, 'stream']));
    late = (await allMessages(world)).filter((message) => message.includes(jo.referral.part));
    const others = await everythingOf(world, sam);
    const receipt = await erase(jo);
    expect(receipt?.counts['referral.resource']).toBeGreaterThan(10);
    expect(JSON.stringify(receipt)).not.toMatch(new RegExp([jo.number, jo.family, ...jo.patients].join('|')));
    await isNowhere(jo);
    expect(await everythingOf(world, sam)).toEqual(others);
  });

  it('is taken out of what others are in, too', async () => {
    const { body } = await world.send<Group>('integrator', { path: `/fhir/Group/${group.id ?? ''}` });
    expect(body.member?.map(({ entity }) => entity)).toEqual([
      { display: 'erased' },
      { reference: `Patient/${sam.patients[1] ?? ''}`, display: sam.family },
    ]);
    const found = (patient = '') =>
      world.send<Bundle>('integrator', { path: `/fhir/Group?member=Patient/${patient}&_total=accurate` });
    const totals = [await found(sam.patients[1]), await found(jo.patients[1])].map((answer) => answer.body.total);
    expect(totals).toEqual([1, 0]);
  });

  it('does not come back by an event that comes late, by a republish, nor by rebuilt copies', async () => {
    const { broker } = world.running.platform;
    const services = world.running.app.get(Service, { strict: false, each: true });
    const outcomes = services.find(({ definition }) => definition.name === 'outcomes');
    for (const text of late) {
      const event = text.slice(text.indexOf('{'));
      await broker.jetStream.publish(text.split(' ')[0] ?? '', event, { msgID: randomUUID() });
    }
    for (const { database } of services) await republish(database);
    await outcomes?.consumers.stop();
    await outcomes?.consumers.rebuild('outcomes-follows');
    await outcomes?.consumers.start();
    await allDealtWith(world);
    const kept = await withDatabase(world, async (client) => {
      const { rows } = await client.query<{ count: number }>('SELECT count(*)::int AS count FROM outcomes.task');
      return rows[0]?.count ?? 0;
    });
    expect(kept).toBeGreaterThan(5);
    // What was sent late by hand lies in the stream, of which no service made anything.
    for (const ref of jo.patients.concat(jo.referral.part)) {
      const places = Object.keys(await placesOf(world, [ref])).filter((place) => place !== 'stream');
      expect(places.filter((place) => !place.endsWith('.audit_event'))).toEqual([]);
    }
  });

  it('is held by nobody when it is asked for once more, and stands in the audit without a name', async () => {
    expect(await erase(jo)).toBeUndefined();
    const entries = await withDatabase(world, (client) =>
      client.query<{ agent: string }>(`SELECT agent FROM referral.audit_event WHERE interaction = 'person-erase'`),
    );
    expect(entries.rows).toEqual([{ agent: 'operator' }]);
  });
});

describe('an erasure that is killed', () => {
  it('goes on where it was when it is run again', async () => {
    const kim = await referSomebody(world, { number: '9434765838', family: 'Halferased' });
    await withDatabase(world, async (client) => {
      await client.query('BEGIN');
      await client.query('SELECT 1 FROM outcomes.task WHERE id = $1 FOR UPDATE', [kim.referral.part]);
      const erasing = new ErasingProcess(world, kim.number);
      await erasing.said('planned');
      erasing.kill();
      expect(await erasing.ended).toBe('SIGKILL');
      await client.query('ROLLBACK');
    });
    expect(Object.keys(await placesOf(world, [kim.family])).length).toBeGreaterThan(3);
    const again = new ErasingProcess(world, kim.number);
    const end = await again.ended;
    expect([end, again.output]).toEqual(['0', expect.stringContaining('"counts"')]);
    expect(again.output).not.toContain(kim.number);
    await isNowhere(kim);
    const open = await withDatabase(world, (client) =>
      client.query('SELECT 1 FROM referral.erasure WHERE ended_at IS NULL'),
    );
    expect(open.rowCount).toBe(0);
  });
});

async function isNowhere(person: Somebody): Promise<void> {
  expect(await placesOf(world, [person.number, person.family])).toEqual({});
  const { request, part, parent } = person.referral;
  const places = Object.keys(await placesOf(world, [...person.patients, request, part, parent]));
  expect(places.filter((place) => !place.endsWith('.audit_event'))).toEqual([]);
}

async function erase({ number }: Somebody) {
  const { natsUrl: url, natsMonitorUrl: monitorUrl } = testInfrastructure();
  const { namespace } = world.running.platform.broker;
  return erasePerson({ adminUrl: world.databaseUrl, nats: { url, monitorUrl, namespace }, definitions, number });
}
