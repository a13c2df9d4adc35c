import type { Bundle } from 'fhir/r4';
import { activity, bundleOf, Bundles, patient, resourcesOf, responsesOf, statusesOf } from '../../test/bundles.js';
import { issuesOf, type RunningServer, startServer } from '../../test/running-server.js';
import { FhirError, type ServiceName } from '#fhir';
import type { Decision, Stored } from '#fhir-store';
import { Participant, type PlannedPart, type ReservedPart } from './participant.js';

/** An owner that is away for one of the questions, for as long as it is said. */
class OwnerAway extends Participant {
  constructor(private readonly service: ServiceName) {
    super();
  }

  get owner(): Participant {
    return server.participant(this.service);
  }

  match(...asked: Parameters<Participant['match']>): Promise<string | undefined> {
    return this.owner.match(...asked);
  }

  reserve(part: ReservedPart): Promise<PlannedPart> {
    return away === 'reserve' ? Promise.reject(gone()) : this.owner.reserve(part);
  }

  async apply(transaction: string): Promise<Stored[]> {
    asked.push(transaction);
    return away === 'apply' ? Promise.reject(gone()) : this.owner.apply(transaction);
  }

  release(transaction: string): Promise<void> {
    return this.owner.release(transaction);
  }

  decision(transaction: string): Promise<Decision> {
    return this.owner.decision(transaction);
  }
}

let away: 'reserve' | 'apply' | undefined;
let server: RunningServer;
const asked: string[] = [];
const bundles = new Bundles(() => server);

function gone(): FhirError {
  return FhirError.of('transient', 'The owner does not answer just now.');
}

beforeAll(async () => {
  const participantElsewhere = (service: ServiceName): Participant => new OwnerAway(service);
  server = await startServer({ transactions: { participantElsewhere, patienceMs: 200 } });
});
afterAll(() => server.stop());

describe('a transaction of which one owner is away', () => {
  it('before the decision, writes nothing and says so', async () => {
    away = 'reserve';
    const before = await bundles.countOf('Patient');
    const answer = await bundles.send('provider', patient, activity);
    expect([answer.status, issuesOf(answer)[0]?.code]).toEqual([503, 'transient']);
    expect(await bundles.countOf('Patient')).toBe(before);
  });

  it('after the decision, is committed, says which entries wait, and is whole when the owner is back', async () => {
    away = 'apply';
    const answer = await bundles.send('provider', patient, activity);
    expect([answer.status, statusesOf(answer)]).toEqual([202, ['201 Created', '202 Accepted']]);
    const [, waiting] = responsesOf(answer);
    const [person, later] = resourcesOf(answer);
    expect([person?.resourceType, later]).toEqual(['Patient', undefined]);
    expect(waiting).toMatchObject({ etag: 'W/"1"', outcome: { resourceType: 'OperationOutcome' } });
    const { pathname } = new URL((waiting?.location ?? '').replace(/\/_history\/1$/, ''));
    expect((await server.call(`GET ${pathname}`)).status).toBe(404);
    away = undefined;
    await server.participant('activity-directory').apply(asked.at(-1) ?? '');
    expect((await server.call(`GET ${pathname}`)).status).toBe(200);
  });

  it('for a moment after the decision, is asked again and the answer is whole', async () => {
    away = 'apply';
    const before = asked.length;
    const answer = server.call('POST /fhir', { token: 'provider', body: bundleOf(patient, activity) });
    while (asked.length === before) await new Promise<void>((resolve) => setImmediate(resolve));
    away = undefined;
    expect([(await answer).status, ((await answer).body as Bundle).type]).toEqual([200, 'transaction-response']);
  });
});
