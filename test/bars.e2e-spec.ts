import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bundle, MessageHeader, OperationOutcome, ServiceRequest, Task } from 'fhir/r4';
import { projectRoot } from '#programmes';
import { startWorld, type World } from './world.js';

interface Row {
  file: string;
  accepted: boolean;
  status: number;
  code?: string;
  issue?: string;
  expression?: string;
  /** What the structure of FHIR, judged before, says instead. */
  structure?: { issue: string; expression: string };
}

const folder = join(projectRoot(), '..', 'shared', 'data', 'bars');
const rows = verdicts();

describe('Booking and Referral Standard messages over HTTP', () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.stop();
  });

  if (!existsSync(folder)) {
    it('are not here to be sent: the shared folder is absent', () => {
      expect(existsSync(folder)).toBe(false);
    });
  } else {
    it('get the verdict of the fixture, each of the folder', async () => {
      await setUpServices(world);
      const got: unknown[] = [];
      for (const row of rows) got.push(await verdictOver(world, row));
      expect(got).toEqual(rows.map(expected));
      expect(rows.map(({ file }) => file).sort()).toEqual(messageFiles());
    });

    it('leave nothing behind where they are refused', async () => {
      const requests = await world.send<Bundle>('provider-khl', {
        path: '/fhir/ServiceRequest?_total=accurate&_count=0',
      });
      expect(requests.body.total).toBe(rows.filter(({ accepted }) => accepted).length);
    });

    it('come once: the same X-Request-Id again is a duplicate, and no second referral', async () => {
      const message = newReferral();
      const requestId = randomUUID();
      const before = await countOfRequests();
      const [first, second] = [await process(message, requestId), await process(message, requestId)];
      expect([first.status, second.status, (await countOfRequests()) - before]).toEqual([200, 409, 1]);
      expect((second.body as OperationOutcome).issue).toMatchObject([
        { code: 'duplicate', details: { coding: [{ code: 'REC_CONFLICT' }] } },
      ]);
    });

    it('come once also when they arrive at the same moment', async () => {
      const message = newReferral();
      const requestId = randomUUID();
      const before = await countOfRequests();
      const answers = await Promise.all(Array.from({ length: 10 }, () => process(message, requestId)));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 409)]);
      expect((await countOfRequests()) - before).toBe(1);
    });

    it('need X-Request-Id', async () => {
      const message = newReferral();
      const answer = await world.send<OperationOutcome>('practice', {
        method: 'POST',
        path: '/fhir/$process-message',
        body: message,
      });
      expect([answer.status, answer.body.issue[0]?.code]).toEqual([400, 'required']);
    });

    it('make a referral with one Task for it and one for the provider, and a promised Encounter with a reference', async () => {
      const message = newReferral();
      const answer = await process(message, randomUUID());
      const entries = (answer.body as Bundle).entry?.map(({ resource }) => resource) ?? [];
      const encounters = entries.filter((one) => one?.resourceType === 'Encounter');
      const request = entries.find((one) => one?.resourceType === 'ServiceRequest') as ServiceRequest;
      const tasks = await world.send<Bundle<Task>>('provider-khl', {
        path: `/fhir/Task?focus=ServiceRequest/${request.id ?? ''}`,
      });
      expect(encounters).toMatchObject([
        { status: 'finished' },
        { status: 'planned', identifier: [{ value: expect.stringMatching(/^GIN-/) as string }] },
      ]);
      expect(
        tasks.body.entry?.map(({ resource }) => [resource?.status, resource?.partOf !== undefined]).sort(),
      ).toEqual([
        ['requested', false],
        ['requested', true],
      ]);
    });
  }

  function newReferral(): string {
    const { file = '' } = rows.find((row) => row.file.includes('REFREQ03')) ?? {};
    return withNewId(readFileSync(join(folder, file), 'utf8'));
  }

  async function countOfRequests(): Promise<number> {
    const found = await world.send<Bundle>('provider-khl', { path: '/fhir/ServiceRequest?_total=accurate&_count=0' });
    return found.body.total ?? 0;
  }

  function process(body: string, requestId: string) {
    return world.send('practice', {
      method: 'POST',
      path: '/fhir/$process-message',
      body,
      headers: { 'x-request-id': requestId, 'x-correlation-id': randomUUID() },
    });
  }

  async function verdictOver({ send }: World, { file, accepted }: Row) {
    const text = readFileSync(join(folder, file), 'utf8');
    const answer = await send<OperationOutcome>('practice', {
      method: 'POST',
      path: '/fhir/$process-message',
      // Some files are copies of others under the same Bundle.id, which may come once only.
      body: accepted ? withNewId(text) : text,
      headers: { 'x-request-id': randomUUID(), 'x-correlation-id': randomUUID() },
    });
    if (answer.status === 200) return { file, status: 200 };
    const issue = answer.body.issue[0];
    const code = issue?.details?.coding?.[0]?.code;
    return { file, status: answer.status, code, issue: issue?.code, expression: issue?.expression?.[0] };
  }

  function expected({ file, accepted, status, code, issue, expression, structure }: Row) {
    return accepted ? { file, status: 200 } : { file, status, code, ...(structure ?? { issue, expression }) };
  }
});

/** The same message as one that was not sent before. */
function withNewId(message: string): string {
  const { id = '' } = JSON.parse(message) as Bundle;
  return message.replace(`"${id}"`, `"${randomUUID()}"`);
}

/** Sets up a service for each address of the folder, to take the categories of its messages. */
async function setUpServices(world: World): Promise<void> {
  const wanted = new Map<string, Map<string, { system: string; code: string }>>();
  for (const file of messageFiles()) {
    const bundle = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Bundle;
    const address = addressIn(bundle);
    if (address === undefined) continue;
    const useCases = wanted.get(address) ?? new Map<string, { system: string; code: string }>();
    for (const useCase of useCasesIn(bundle)) useCases.set(useCase.code, useCase);
    wanted.set(address, useCases);
  }
  for (const [value, useCases] of wanted) await setUp(world, value, [...useCases.values()]);
}

function addressIn({ type, entry = [] }: Bundle): string | undefined {
  const header = entry[0]?.resource as MessageHeader | undefined;
  return type === 'message' ? header?.destination?.[0]?.endpoint.split('|')[1] : undefined;
}

function useCasesIn({ entry = [] }: Bundle): { system: string; code: string }[] {
  const requests = entry.map(({ resource }) => resource).filter((one) => one?.resourceType === 'ServiceRequest');
  const categories = (requests as ServiceRequest[]).flatMap(({ category = [] }) => category);
  const codings = categories.flatMap(({ coding = [] }) => coding);
  return codings
    .map(({ system = '', code = '' }) => ({ system, code }))
    .filter(({ system }) => system.includes('usecases'));
}

async function setUp(world: World, value: string, useCases: { system: string; code: string }[]): Promise<void> {
  const body = {
    resourceType: 'HealthcareService',
    identifier: [{ system: 'https://fhir.nhs.uk/Id/dos-service-id', value }],
    active: true,
    name: `Service ${value}`,
    providedBy: { reference: 'Organization/keighley-healthy-living' },
    extension: useCases.map((valueCoding) => ({
      url: 'https://ginnel.org.uk/fhir/StructureDefinition/accepts-use-case',
      valueCoding,
    })),
  };
  const answer = await world.send('integrator', { method: 'POST', path: '/fhir/HealthcareService', body });
  if (answer.status !== 201) throw new Error(`The service ${value} was not set up: ${answer.text}`);
}

function messageFiles(): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json') && file !== 'MANIFEST.json')
    .sort();
}

function verdicts(): Row[] {
  const file = join(projectRoot(), 'conformance', 'bars', 'verdicts.json');
  const { files: list } = JSON.parse(readFileSync(file, 'utf8')) as { files: Row[] };
  return list;
}
