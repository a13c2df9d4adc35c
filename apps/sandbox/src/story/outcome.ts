import type { Bundle, Composition, DocumentReference } from 'fhir/r4';
import { idIn } from '#fhir';
import type { Referred } from './find-and-refer.js';
import { idOf, type Stage, untilFound } from './stage.js';
import type { Mailbox } from './mailbox.js';

/** The charity completes, and the outcome comes back to the practice. */
export async function bringOutcomeBack(
  stage: Stage,
  { referred, task, mailbox }: { referred: Referred; task: string; mailbox: Mailbox },
): Promise<void> {
  const { cast, systems, narrator } = stage;
  narrator.chapter('The outcome comes back');
  await narrator.call(
    'They complete: the need was met in part.',
    { method: 'POST', path: `/fhir/Task/${task}/$complete` },
    () => systems['provider-khl'].turn(task, { operation: 'complete', given: { needMet: 'partly' } }),
  );
  const begun = performance.now();
  await mailbox.arrived(`ServiceRequest/${referred.request}`);
  narrator.happened('The practice is told: an outcome summary is ready.', begun);
  const [ready] = await untilFound<DocumentReference>(stage, cast.practice, {
    words: 'It finds the summary among its documents.',
    type: 'DocumentReference',
    query: { related: `ServiceRequest/${referred.request}` },
  });
  const composition = compositionOf(ready);
  const document = await narrator.step<Bundle>('It fetches the outcome summary.', () =>
    cast.practice.operation({ name: 'document', resourceType: 'Composition', id: composition, method: 'GET' }),
  );
  const first = document.entry?.[0]?.resource as Composition | undefined;
  narrator.remark((first?.section ?? []).map(({ title }) => title).join(' · '));
}

/** The Binary that a DocumentReference points to has the id of its Composition. */
function compositionOf(document: DocumentReference | undefined): string {
  return idIn(document?.content[0]?.attachment.url, 'Binary') ?? idOf(document);
}
