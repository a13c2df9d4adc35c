import type { Bundle, Encounter, Task } from 'fhir/r4';
import type { Referred } from './find-and-refer.js';
import { base, businessStatus, idOf, matchesIn, moveTask, type Stage } from './stage.js';

const worklist = {
  owner: 'Organization/keighley-healthy-living',
  status: 'requested,received',
  'part-of:missing': 'false',
  _include: ['Task:focus', 'Task:patient'],
};

/** The provider finds the referral, talks to the person until she is ready, and accepts. */
export async function contactAndAccept(stage: Stage, referred: Referred): Promise<string> {
  const { cast, narrator } = stage;
  narrator.chapter('The charity finds the referral and makes first contact');
  const provider = cast['provider-khl'];
  const list = await narrator.step<Bundle>(
    'Keighley Healthy Living asks for what is new, with the wish and the person.',
    () => provider.search({ resourceType: 'Task', searchParams: worklist }),
  );
  const task = matchesIn<Task>(list).find(({ focus }) => focus?.reference === `ServiceRequest/${referred.request}`);
  const id = idOf(task);
  await contact(stage, { referred, readiness: 'yellow', words: 'A first call: she needs time (yellow).' });
  await contact(stage, { referred, readiness: 'green', words: 'A second call a week later: she is ready (green).' });
  await narrator.call('They accept.', { method: 'POST', path: `/fhir/Task/${id}/$accept` }, () =>
    stage.systems['provider-khl'].turn(id, { operation: 'accept', given: {} }),
  );
  return id;
}

/** Another charity has no place for it: it says so with a reason. */
export async function reject(stage: Stage, referred: Referred): Promise<void> {
  const { cast, narrator } = stage;
  const provider = cast['provider-project6'];
  const found = await narrator.step<Bundle>('Project 6 finds the other referral.', () =>
    provider.search({
      resourceType: 'Task',
      searchParams: { focus: `ServiceRequest/${referred.request}`, 'part-of:missing': 'false' },
    }),
  );
  const rejected = (task: Task): Task => ({
    ...task,
    status: 'rejected',
    businessStatus: businessStatus('rejected'),
    statusReason: { coding: [{ system: 'https://fhir.nhs.uk/CodeSystem/dos-rejected-reasons-bars', code: '42' }] },
  });
  await moveTask(stage, provider, {
    words: 'They cannot take it: too far away (42).',
    id: idOf(matchesIn<Task>(found)[0]),
    change: rejected,
  });
}

async function contact(
  { cast, narrator, now }: Stage,
  { referred, readiness, words }: { referred: Referred; readiness: string; words: string },
): Promise<void> {
  const at = now().toISOString();
  const body: Encounter = {
    resourceType: 'Encounter',
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'VR' },
    subject: { reference: `Patient/${referred.patient}` },
    basedOn: [{ reference: `ServiceRequest/${referred.request}` }],
    period: { start: at, end: at },
    extension: [
      {
        url: `${base}/StructureDefinition/readiness`,
        valueCodeableConcept: { coding: [{ system: `${base}/CodeSystem/readiness`, code: readiness }] },
      },
      ...(readiness === 'yellow' ? [{ url: `${base}/StructureDefinition/contact-due`, valueDate: inAWeek(at) }] : []),
    ],
  };
  await narrator.step(words, () => cast['provider-khl'].create({ resourceType: 'Encounter', body: body as never }));
}

function inAWeek(at: string): string {
  const weekMs = 7 * 86_400_000;
  return new Date(Date.parse(at) + weekMs).toISOString().slice(0, 10);
}
