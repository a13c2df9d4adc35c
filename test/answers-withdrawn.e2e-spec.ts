import type { QuestionnaireResponse, Task } from 'fhir/r4';
import { eventually } from './eventually.js';
import { Actors, type OpenReferral, responseOf } from './outcome-actors.js';
import { startWorld, type World } from './world.js';

let world: World;
const actors = new Actors(() => world);

beforeAll(async () => {
  world = await startWorld();
});

afterAll(async () => {
  await world.stop();
});

describe('the Task that asked for answers', () => {
  it('is open again when they are withdrawn, and done by the right ones before any later Task', async () => {
    const referral = await actors.refer();
    await actors.start(referral);
    await settled(referral, { baseline: undefined, after: undefined });
    const wrong = await answer(referral);
    await settled(referral, { baseline: wrong.id, after: undefined });
    await actors.send('provider-khl', 'PUT', { ...wrong, status: 'entered-in-error' });
    const right = await answer(referral);
    const { baseline, after } = await settled(referral, { baseline: right.id, after: undefined });
    expect([baseline?.status, baseline?.output?.length, after?.status]).toEqual(['completed', 1, 'requested']);
  });

  it('is open again also after the end', async () => {
    const referral = await actors.refer();
    await actors.start(referral);
    const wrong = await answer(referral);
    await settled(referral, { baseline: wrong.id, after: undefined });
    await actors.complete(referral);
    await actors.send('provider-khl', 'PUT', { ...wrong, status: 'entered-in-error' });
    const { baseline } = await settled(referral, { baseline: undefined, after: undefined });
    expect([baseline?.status, baseline?.output]).toEqual(['requested', undefined]);
  });

  it('is done by answers that are amended when they come first, and once', async () => {
    const referral = await actors.refer();
    await actors.start(referral);
    await settled(referral, { baseline: undefined, after: undefined });
    const amended = await answer(referral, 'amended');
    await settled(referral, { baseline: amended.id, after: undefined });
    await actors.send('provider-khl', 'PUT', { ...amended, authored: '2021-03-16' });
    const later = await answer(referral);
    await settled(referral, { baseline: amended.id, after: later.id });
  });
});

/** Completed answers that do not say when they are from. */
function answer(
  referral: OpenReferral,
  status: QuestionnaireResponse['status'] = 'completed',
): Promise<QuestionnaireResponse> {
  const response = responseOf(referral, { at: 'baseline', authored: '2021-03-15' });
  delete response.extension;
  return actors.send('provider-khl', 'POST', { ...response, status });
}

type AtEach<T> = Record<'baseline' | 'after', T | undefined>;

/** The MSK-HQ Tasks once they are answered by these, and by no others. */
async function settled({ request }: OpenReferral, wanted: AtEach<string>): Promise<AtEach<Task>> {
  const asked = async (): Promise<AtEach<Task>> => {
    const query = `Task?based-on=ServiceRequest/${request}&code=complete-questionnaire`;
    const tasks = await actors.search<Task>('provider-khl', query);
    const at = (point: string) => tasks.find(({ id }) => id?.endsWith(`.${point}.msk-hq`));
    return { baseline: at('baseline'), after: at('after') };
  };
  const isAs = (task: Task | undefined, id: string | undefined) =>
    task !== undefined &&
    task.output?.[0]?.valueReference?.reference === (id === undefined ? undefined : `QuestionnaireResponse/${id}`);
  return eventually(asked, (now) => isAs(now.baseline, wanted.baseline) && isAs(now.after, wanted.after));
}
