import { Injectable } from '@nestjs/common';
import type { FhirResource, Task } from 'fhir/r4';
import { error, FhirError, idIn, parseJson, restrictedAs, sees } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import type { Stored, Write } from '#fhir-store';
import { actorsOf } from '../domain/actors.js';
import { businessStatus } from '../domain/codes.js';
import { type Contact, contacted, takenBack, taskOfContact } from '../domain/contact.js';
import { isEnd } from '../domain/state-before.js';
import { editEvent } from '../domain/task-transition.js';
import { JudgeContact } from './contacts/judge-contact.js';
import { KeepRecord } from './keep-record.js';
import { MoveTask } from './move-task.js';
import { ReferralTasks, type StoredTask } from './referral-tasks.js';
import { SeenReferences } from './seen-references.js';

export interface ToldContact {
  contact: Contact;
  /** What it takes the place of, where it is told anew. */
  previous?: Stored;
}

/** A provider's contact with a person: the record itself, and the Task with its latest readiness. */
@Injectable()
export class RecordContact {
  constructor(
    private readonly tasks: ReferralTasks,
    private readonly moveTask: MoveTask,
    private readonly seenReferences: SeenReferences,
    private readonly judgeContact: JudgeContact,
    private readonly keepRecord: KeepRecord,
  ) {}

  execute(told: ToldContact, request: FhirRequest, siblings: readonly FhirResource[]): Promise<Write[]> {
    const { contact, previous } = told;
    return previous
      ? this.#changed({ contact, previous }, request, siblings)
      : this.#recorded(contact, request, siblings);
  }

  async #recorded(contact: Contact, request: FhirRequest, siblings: readonly FhirResource[]): Promise<Write[]> {
    const part = await this.#partOf(contact, request);
    if (!part) throw noReferral(contact);
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
    return [own, ...(await this.#turn(part, contacted(part.task, contact, request.now), request))];
  }

  /** What a contact says at last, after a call that was planned, is news of the Task; what it said before was told. */
  async #changed(
    { contact, previous }: Required<ToldContact>,
    request: FhirRequest,
    siblings: readonly FhirResource[],
  ): Promise<Write[]> {
    const own = await this.keepRecord.update(contact, previous, request, siblings);
    const part = await this.#partOf(contact, request);
    // The referral went on without who made it.
    if (!part) return own;
    await this.judgeContact.execute(contact, part.task, request.now);
    const before = parseJson(previous.content) as Contact;
    if (contacted(part.task, before, request.now) === undefined) {
      // How a call went that was planned before the end is kept, and moves nothing any more.
      const moved = isEnd(part.task.status) ? undefined : contacted(part.task, contact, request.now);
      return [...own, ...(await this.#turn(part, moved, request))];
    }
    const without = contact.status === 'entered-in-error' ? takenBack(part.task, before) : undefined;
    return without ? [...own, edited(part, { ...without, lastModified: request.now.toISOString() })] : own;
  }

  async #turn({ stored, task }: StoredTask, moved: Task | undefined, request: FhirRequest): Promise<Write[]> {
    if (!moved) return [];
    const status = moved.status === 'requested' ? 'received' : moved.status;
    const wished: Task = { ...moved, status, businessStatus: businessStatus('contacting') };
    const { act, now, caller } = request;
    return this.moveTask.execute({ before: stored, task: wished, actors: actorsOf(task, caller), act, now });
  }

  /** The caller's own part of the referral that the contact is about. */
  async #partOf(contact: Contact, { caller }: FhirRequest): Promise<StoredTask | undefined> {
    const requests = (contact.basedOn ?? []).map((reference) => idIn(reference, 'ServiceRequest'));
    const requestId = requests.find((id) => id !== undefined);
    const parts = requestId === undefined ? [] : await this.tasks.partsFor(requestId);
    const seen = parts.filter(({ stored }) => sees(caller.audience, stored.audience));
    const own = seen.filter(({ task }) => actorsOf(task, caller).includes('provider'));
    const named = taskOfContact(contact);
    const meant = own.filter(({ stored }) => named === undefined || stored.id === named);
    return meant.find(({ task }) => !isEnd(task.status)) ?? meant[0];
  }

  #mustBeOfSamePerson(contact: Contact, task: Task): void {
    if (idIn(contact.subject, 'Patient') === idIn(task.for, 'Patient')) return;
    const element = `${contact.resourceType}.subject`;
    throw new FhirError([error('business-rule', `${element} is not the person of this referral.`, element)], {
      status: 422,
    });
  }
}

function noReferral({ resourceType }: Contact): FhirError {
  const element = `${resourceType}.basedOn`;
  const diagnostics = `${element} names no referral to your organisation.`;
  return new FhirError([error('not-found', diagnostics, element)], { status: 422 });
}

/** An attempt that was none: the state stays as it is. */
function edited({ stored: { audience, version } }: StoredTask, resource: Task): Write {
  return { interaction: 'update', resource, audience, version, event: editEvent };
}

/** Of an operation on the Task itself: 412 where it is not the one that the caller read. */
function refuseOtherVersion({ type, headers }: FhirRequest, { version }: StoredTask['stored']): void {
  const { 'if-match': wanted } = headers;
  if (type !== 'Task' || wanted === undefined || ['*', `W/"${String(version)}"`].includes(wanted.trim())) return;
  const diagnostics = 'This is not the version of the Task that is there now. Read it again and send its ETag.';
  throw FhirError.of('conflict', diagnostics, { status: 412 });
}
