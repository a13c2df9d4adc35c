import { Injectable } from '@nestjs/common';
import type { FhirResource, Reference, ServiceRequest, Task, TaskInput } from 'fhir/r4';
import { type Audience, error, FhirError, idIn, organisationsOf, parseJson, restrictedAs } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import { FhirStore, type Write } from '#fhir-store';
import { actorsOf } from '../domain/actors.js';
import { businessStatusOf } from '../domain/codes.js';
import { inConversationOf, promisedEncounter, referenceOf } from '../domain/conversation.js';
import { currentActivity } from '../domain/held-place.js';
import { personIsAlive } from '../domain/identity/patient-change.js';
import { earlierPartInput, inputOf } from '../domain/new-part.js';
import { isEnd } from '../domain/state-before.js';
import { isTakenBack, type TakenUp } from '../domain/taken-back.js';
import { successorIs, successorOf } from '../domain/successor.js';
import type { Actor } from '../domain/transitions.js';
import { MoveTask } from './move-task.js';
import { type OpenedReferral, OpenReferral } from './open-referral.js';
import { PlanPart, type PlannedPart } from './plan-part.js';
import { ReferralTasks, type StoredPerson, type StoredTask } from './referral-tasks.js';
import { widened } from './share-referral.js';

/** What ended begins again as a new part, which names the old one; where the wish has ended, with a new one in its place. */
@Injectable()
export class ReopenReferral {
  constructor(
    private readonly store: FhirStore,
    private readonly tasks: ReferralTasks,
    private readonly planPart: PlanPart,
    private readonly openReferral: OpenReferral,
    private readonly moveTask: MoveTask,
  ) {}

  /** The new part is the first of the writes. */
  async execute(sent: Task, request: FhirRequest, siblings: readonly FhirResource[]): Promise<Write[]> {
    const old = await this.#reopened(sent, request);
    const parent = await this.tasks.parentOf(old.task);
    const asked = parent && (await this.tasks.requestOf(parent.task));
    if (!parent || !asked) throw refused('The referral of this Task is not there any more.');
    const actors = actorsOf(old.task, request.caller);
    refuseWhatIsOver(asked.resource, { part: old.task, parent: parent.task, actors });
    const target = targetOf(sent, old.task, actors);
    const id = sent.id ?? request.newId();
    if (asked.resource.status === 'active') {
      const input = [earlierPartInput('reopens', old.stored.id)];
      const { now } = request;
      const expression = 'Task.input';
      const successor = await this.planPart.execute({ parent, target, expression, id, input, sent, siblings, now });
      return firstOf(await this.#turn(old, { successor, actors, request }), id);
    }
    return this.#anew({ old, parent, wish: asked.resource, target, id }, request);
  }

  async #reopened(sent: Task, { caller }: FhirRequest): Promise<StoredTask> {
    const id = idIn(inputOf(sent, 'reopens')?.valueReference, 'Task');
    const stored = id === undefined ? undefined : await this.store.read('Task', id, caller.audience);
    if (!stored || stored.deleted) throw refused('The input of type reopens names no Task that you may see.');
    const task = parseJson(stored.content) as Task;
    if (task.partOf === undefined || !isEnd(task.status)) throw refused('What is reopened is a part that has ended.');
    const successor = successorOf(task);
    if (successor !== undefined) {
      throw FhirError.of('duplicate', `Task/${successor} goes on for it already.`, { expression: 'Task.input' });
    }
    return { stored, task };
  }

  #turn(
    old: StoredTask,
    { successor, actors, request }: { successor: PlannedPart; actors: readonly Actor[]; request: FhirRequest },
  ): Promise<Write[]> {
    const output = [...(old.task.output ?? []), successorIs(successor.task.id ?? '')];
    return this.moveTask.execute({
      before: old.stored,
      task: { ...old.task, output },
      actors,
      turn: '35',
      successor,
      act: request.act,
      now: request.now,
    });
  }

  /** A wish that has ended stays as it was; a new one takes its place. */
  async #anew(ended: Ended, request: FhirRequest): Promise<Write[]> {
    const { old, parent, wish, target, id } = ended;
    const { now, newId, caller } = request;
    const requester = idIn(parent.task.requester, 'Organization') ?? '';
    const person = await this.tasks.personOf(parent.task);
    const issues = personIsAlive(person?.resource, 'Task.for');
    if (issues.length > 0) throw new FhirError(issues, { status: 422 });
    const anew = newWish(wish, { id: newId(), target, requester, now });
    const opened = await this.openReferral.execute({
      request: anew,
      // A provider begins again what the requester wished: the wish stays the requester's.
      caller: { client: caller.client, role: 'practice', organisation: requester, audience: [requester, 'public'] },
      now,
      newId,
    });
    const input: TaskInput[] = [...(opened.child.input ?? []), earlierPartInput('reopens', old.stored.id)];
    const child: Task = { ...opened.child, id, input };
    const successor = { task: child, audience: opened.audience };
    const turned = await this.#turn(old, { successor, actors: actorsOf(old.task, caller), request });
    const others = answeredAs(parent.task, opened, { wish: anew, encounterId: newId(), now });
    return firstOf([...turned, ...others, ...shown(person, requester, opened.audience)], id);
  }
}

interface Ended {
  old: StoredTask;
  parent: StoredTask;
  wish: ServiceRequest;
  target: Reference;
  id: string;
}

/** Nothing begins again after a mistake or a death, and by its provider nothing that others took back. */
function refuseWhatIsOver(request: ServiceRequest, taken: TakenUp): void {
  if (request.status === 'entered-in-error') {
    throw FhirError.of('deleted', 'This referral was entered in error; send another one.', { status: 410 });
  }
  if (businessStatusOf(taken.parent) === 'patient-died') {
    throw refused('The person has died; this referral is not reopened.');
  }
  if (!taken.actors.includes('requester') && isTakenBack(request, taken)) {
    throw refused('This referral was taken back meanwhile; its requester alone begins again.');
  }
}

/** The provider takes up its own work again; the requester may choose another one. */
function targetOf(sent: Task, old: Task, actors: readonly Actor[]): Reference {
  const chosen = actors.includes('requester') ? (inputOf(sent, 'activity')?.valueReference ?? sent.owner) : undefined;
  const activity = currentActivity(old);
  const own = activity === undefined ? old.owner : { reference: `HealthcareService/${activity}` };
  const target = chosen ?? own;
  if (target) return target;
  throw refused('Task.owner names the Organization, or Task.input the activity, that is asked.');
}

function newWish(
  { id: old, meta, ...wish }: ServiceRequest,
  { id, target, requester, now }: { id: string; target: Reference; requester: string; now: Date },
): ServiceRequest {
  return {
    ...wish,
    ...(meta?.security ? { meta: { security: meta.security } } : {}),
    id,
    status: 'active',
    replaces: [{ reference: `ServiceRequest/${old ?? ''}` }],
    requester: { reference: `Organization/${requester}` },
    performer: [target],
    authoredOn: now.toISOString(),
  };
}

/** All but the new part; where the old referral came as a message, its sender is answered in the same conversation. */
function answeredAs(
  old: Task,
  { writes, parent, child, audience }: OpenedReferral,
  { wish, encounterId: id, now }: { wish: ServiceRequest; encounterId: string; now: Date },
): Write[] {
  const others = writes.filter((write) => !('resource' in write) || write.resource.id !== child.id);
  const reference = referenceOf(old);
  if (reference === undefined) return others;
  const resource = restrictedAs(promisedEncounter(wish, { id, reference, now }), wish);
  const known = others.map((write): Write => {
    const isParent = write.interaction === 'create' && write.resource.id === parent.id;
    return isParent ? { ...write, resource: inConversationOf(old, write.resource as Task) } : write;
  });
  return [...known, { interaction: 'create', resource, audience }];
}

/** The person, as with any wish that is sent: nobody shares what it does not see. */
function shown(person: StoredPerson | undefined, requester: string, audience: Audience): Write[] {
  const isSeen = person && organisationsOf(person.stored.audience).includes(requester);
  return isSeen ? widened(person.stored, audience) : [];
}

function firstOf(writes: readonly Write[], id: string): Write[] {
  const isIt = (write: Write) => 'resource' in write && write.resource.id === id;
  return [...writes.filter(isIt), ...writes.filter((write) => !isIt(write))];
}

function refused(diagnostics: string): FhirError {
  return new FhirError([error('business-rule', diagnostics, 'Task.input')], { status: 422 });
}
