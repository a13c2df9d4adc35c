import type { Bundle, FhirResource, Observation, OperationOutcome, QuestionnaireResponse } from 'fhir/r4';
import { Actors, responseOf } from './outcome-actors.js';
import { type Answer, startWorld, type World } from './world.js';

let world: World;
const actors = new Actors(() => world);

beforeAll(async () => {
  world = await startWorld();
});

afterAll(async () => {
  await world.stop();
});

describe('answers', () => {
  it('are amended and withdrawn by the organisation that took them, and their Observations with them', async () => {
    const referral = await actors.refer();
    const given = await actors.answer(referral, { at: 'baseline', authored: '2021-03-15', level: 1 });
    const byOther = await put('practice', { ...given, status: 'amended' });
    const again = await put('provider-khl', { ...given, status: 'completed' });
    const amended = await put<QuestionnaireResponse>('provider-khl', { ...given, status: 'amended' });
    const back = await put('provider-khl', { ...amended.body, status: 'in-progress' });
    const made = await observationsOf(given);
    const withdrawn = await put('provider-khl', {
      ...amended.body,
      status: 'entered-in-error',
    });
    expect([byOther, again, amended, back, withdrawn].map(({ status }) => status)).toEqual([403, 200, 200, 422, 200]);
    // The same sent again changes nothing, and is no amendment.
    expect(again.body).toEqual(given);
    expect([made.length > 0, new Set(made.map(({ status }) => status))]).toEqual([true, new Set(['final'])]);
    expect(new Set((await observationsOf(given)).map(({ status }) => status))).toEqual(new Set(['entered-in-error']));
  });

  it('stay with their person and their referral', async () => {
    const [mine, other] = [await actors.refer(), await actors.refer()];
    const given = await actors.answer(mine, { at: 'baseline', authored: '2021-03-15' });
    const moved = responseOf(other, { at: 'baseline', authored: '2021-03-15' });
    const { basedOn = [], subject = {} } = moved;
    const answer = await put<OperationOutcome>('provider-khl', { ...given, status: 'amended', basedOn, subject });
    expect([answer.status, answer.body.issue.map(({ expression }) => expression)]).toEqual([
      422,
      [['QuestionnaireResponse.basedOn'], ['QuestionnaireResponse.subject']],
    ]);
  });

  it('are as little rewritten by others as an Observation that somebody made', async () => {
    const [mine, other] = [await actors.refer(), await actors.refer()];
    const observation: Observation = {
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'Resting pulse' },
      subject: { reference: `Patient/${mine.patient}` },
      basedOn: [{ reference: `ServiceRequest/${mine.request}` }],
      valueInteger: 61,
    };
    const made = await actors.send('provider-khl', 'POST', observation);
    const moved = { ...made, basedOn: [{ reference: `ServiceRequest/${other.request}` }] };
    const answers = [
      await put('practice', { ...made, valueInteger: 16 }),
      await put('provider-khl', moved),
      await put('provider-khl', { ...made, status: 'amended', valueInteger: 62 }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 422, 200]);
  });
});

function put<R extends FhirResource>(as: 'practice' | 'provider-khl', body: FhirResource): Promise<Answer<R>> {
  return world.send<R>(as, { method: 'PUT', path: `/fhir/${body.resourceType}/${body.id ?? ''}`, body });
}

async function observationsOf({ id }: QuestionnaireResponse): Promise<Observation[]> {
  const path = `/fhir/Observation?derived-from=QuestionnaireResponse/${id ?? ''}&_count=100`;
  const { body } = await world.send<Bundle<Observation>>('provider-khl', { path });
  return (body.entry ?? []).flatMap(({ resource }) => resource ?? []);
}
