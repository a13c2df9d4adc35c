import { Injectable } from '@nestjs/common';
import type { Communication, Encounter, FhirResource, Task } from 'fhir/r4';
import { error, FhirError, idIn, restrictedAs, sees } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import type { Write } from '#fhir-store';
import { actorsOf } from '../domain/actors.js';
import { businessStatus } from '../domain/codes.js';
import { contacted, taskOfContact } from '../domain/contact.js';
import { isEnd } from '../domain/state-before.js';
import { JudgeContact } from './contacts/judge-contact.js';
import { MoveTask } from './move-task.js';
import { ReferralTasks, type StoredTask } from './referral-tasks.js';
import { SeenReferences } from './seen-references.js';

/** A provider's contact with a person: the record itself, and the Task with its latest readiness. */
@Injectable()
export class RecordContact {
  constructor(
    private readonly tasks: ReferralTasks,
    private readonly moveTask: MoveTask,
    private readonly seenReferences: SeenReferences,
    private readonly judgeContact: JudgeContact,
  ) {}

  async execute(
    contact: Encounter | Communication,
    request: FhirRequest,
    siblings: readonly FhirResource[],
  ): Promise<Write[]> {
    const part = await this.#partOf(contact, request);
    refuseOtherVersion(request, part.stored);
    this.#mustBeOfSamePerson(contact, part.task);
    await this.seenReferences.execute(contact, request.caller, { siblings });
    await this.judgeContact.execute(contact, part.task, request.now);
    const own: Write = {
      interaction: 'create',
      // Whoever works on a restricted referral may read that: nobody loses sight of what he writes.
      resource: restrictedAs(contact, part.task),
      audience: part.stored.audience,
      event: 'contact-recorded.v1',
    };
    const moved = contacted(part.task, contact, request.now);
    if (!moved) return [own];
    const status = moved.status === 'requested' ? 'received' : moved.status;
    const task: Task = { ...moved, status, businessStatus: businessStatus('contacting') };
    const actors = actorsOf(part.task, request.caller);
    const { act, now } = request;
    return [own, ...(await this.moveTask.execute({ before: part.stored, task, actors, act, now }))];
  }

  /** The caller's own part of the referral that the contact is about. */
  async #partOf(contact: Encounter | Communication, { caller }: FhirRequest): Promise<StoredTask> {
    const requests = (contact.basedOn ?? []).map((reference) => idIn(reference, 'ServiceRequest'));
    const requestId = requests.find((id) => id !== undefined);
    const parts = requestId === undefined ? [] : await this.tasks.partsFor(requestId);
    const seen = parts.filter(({ stored }) => sees(caller.audience, stored.audience));
    const own = seen.filter(({ task }) => actorsOf(task, caller).includes('provider'));
    const named = taskOfContact(contact);
    const meant = own.filter(({ stored }) => named === undefined || stored.id === named);
    const open = meant.find(({ task }) => !isEnd(task.status)) ?? meant[0];
    if (open) return open;
    const element = `${contact.resourceType}.basedOn`;
    throw new FhirError([error('not-found', `${element} names no referral to your organisation.`, element)], {
      status: 422,
    });
  }

  #mustBeOfSamePerson(contact: Encounter | Communication, task: Task): void {
    if (idIn(contact.subject, 'Patient') === idIn(task.for, 'Patient')) return;
    const element = `${contact.resourceType}.subject`;
    throw new FhirError([error('business-rule', `${element} is not the person of this referral.`, element)], {
      status: 422,
    });
  }
}

/** Of an operation on the Task itself: 412 where it is not the one that the caller read. */
function refuseOtherVersion({ type, headers }: FhirRequest, { version }: StoredTask['stored']): void {
  const { 'if-match': wanted } = headers;
  if (type !== 'Task' || wanted === undefined || ['*', `W/"${String(version)}"`].includes(wanted.trim())) return;
  const diagnostics = 'This is not the version of the Task that is there now. Read it again and send its ETag.';
  throw FhirError.of('conflict', diagnostics, { status: 412 });
}
