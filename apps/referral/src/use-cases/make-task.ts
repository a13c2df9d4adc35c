import { Injectable } from '@nestjs/common';
import type { FhirResource, Task } from 'fhir/r4';
import { error, FhirError, idIn } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import type { Write } from '#fhir-store';
import { isAbort } from '../domain/abort-task.js';
import { inputOf } from '../domain/new-part.js';
import { isTaskFor } from '../domain/own-task.js';
import { withSignedNotes, writerOf } from '../domain/task-notes.js';
import { AddProvider } from './add-provider.js';
import { AdoptTask } from './adopt-task.js';
import { AskCancellation } from './cancelling/ask-cancellation.js';
import { ReopenReferral } from './reopen-referral.js';

/** What a Task that somebody sends by itself asks for: one more provider, the referral's own, a part again, or an end. */
@Injectable()
export class MakeTask {
  constructor(
    private readonly addProvider: AddProvider,
    private readonly adoptTask: AdoptTask,
    private readonly reopenReferral: ReopenReferral,
    private readonly askCancellation: AskCancellation,
  ) {}

  async execute(sent: Task, request: FhirRequest, siblings: readonly FhirResource[]): Promise<Write[]> {
    const requests = siblings.filter((one) => one.resourceType === 'ServiceRequest');
    // The requester's own Task is written by its ServiceRequest, as the parent of the referral.
    const wish = requests.find((one) => one.status === 'active' && isTaskFor(sent, one));
    if (wish) return this.adoptTask.beside(sent, wish, request);
    const signed = withSignedNotes(sent, writerOf(request.caller, request.now));
    if (isAbort(sent)) return this.askCancellation.execute(signed, request);
    if (inputOf(sent, 'reopens')) return this.reopenReferral.execute(signed, request, siblings);
    if (sent.partOf?.length === 1) return this.addProvider.execute(signed, request, siblings);
    if (sent.partOf === undefined && idIn(sent.focus, 'ServiceRequest')) return this.adoptTask.execute(sent, request);
    const diagnostics =
      'A Task is made with its active ServiceRequest, as part of a referral (partOf its Task) for another provider, or to cancel one (code abort, focus its Task).';
    throw new FhirError([error('business-rule', diagnostics, 'Task.partOf')], { status: 422 });
  }
}
