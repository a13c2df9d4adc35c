import type { Bundle, Composition, DocumentReference } from 'fhir/r4';
import { idIn } from '#fhir';
import type { Referred } from './find-and-refer.js';
import { base, businessStatus, idOf, moveTask, type Stage, untilFound } from './stage.js';
import type { Mailbox } from './mailbox.js';

/** The charity completes, and the outcome comes back to the practice. */
export async function bringOutcomeBack(
  stage: Stage,
  { referred, task, mailbox }: { referred: Referred; task: string; mailbox: Mailbox },
): Promise<void> {
  const { cast, narrator } = stage;
  narrator.chapter('The outcome comes back');
  await moveTask(stage, cast['provider-khl'], {
    words: 'They complete: the need was met in part.',
    id: task,
    change: (current) => ({
      ...current,
      status: 'completed',
      businessStatus: businessStatus('completed'),
      output: [
        { type: { coding: [{ system: `${base}/CodeSystem/task-output`, code: 'need-met' }] }, valueCode: 'partly' },
      ],
    }),
  });
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
