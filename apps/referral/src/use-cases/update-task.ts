import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { Task, TaskOutput } from 'fhir/r4';
import type { Caller } from '#auth';
import { error, FhirError, idIn, parseJson, restrictedAs } from '#fhir';
import type { Act, Stored, Write } from '#fhir-store';
import { actorsOf } from '../domain/actors.js';
import { businessStatus, businessStatusOf } from '../domain/codes.js';
import { describedBy } from '../domain/new-referral.js';
import { describedAnew } from '../domain/own-task.js';
import { outcomeUnknown, periodMeant, plainlyMeant } from '../domain/plain-task.js';
import { withoutOthersNotes, writerOf } from '../domain/task-notes.js';
import { AdoptTask } from './adopt-task.js';
import { CancelReferral } from './cancel-referral.js';
import { MoveTask, unchanged } from './move-task.js';
import { parentWrite, ReferralTasks, type StoredTask } from './referral-tasks.js';

export interface TaskUpdate {
  before: Stored;
  /** As it was sent. */
  task: Task;
  /** Sent as a whole (PUT), not made of what is there by a patch or an operation. */
  isWhole: boolean;
  /** Sent for the version that is there (If-Match). */
  isMatched: boolean;
  caller: Caller;
  /** Other parts that are updated with it, in the same transaction. */
  beside: readonly Task[];
  act: Act;
  now: Date;
}

/** A plain update of a provider's Task or of the referral's own is the turn that it asks for. */
@Injectable()
export class UpdateTask {
  constructor(
    private readonly tasks: ReferralTasks,
    private readonly moveTask: MoveTask,
    private readonly adoptTask: AdoptTask,
    private readonly cancelReferral: CancelReferral,
  ) {}

  execute(update: TaskUpdate): Promise<Write[]> {
    const previous = parseJson(update.before.content) as Task;
    const writer = { ...writerOf(update.caller, update.now), isWhole: update.isWhole };
    const meant = plainlyMeant(previous, update.task, writer);
    const isBlind = isSentBlindly(previous, update);
    if (previous.partOf === undefined) return this.#moveReferral({ previous, meant, isBlind }, update);
    return this.moveTask.execute({
      ...update,
      task: meant,
      writer,
      isBlind,
      actors: actorsOf(previous, update.caller),
    });
  }

  /**
   * A system that knows one Task for one referral moves that: where the referral has one part only, its provider's turn of the
   * referral's own Task is the turn of that part. With several parts nobody could say which is meant.
   */
  async #moveReferral({ previous, meant, isBlind }: OwnUpdate, update: TaskUpdate): Promise<Write[]> {
    const { before, caller, act, now } = update;
    const [part, ...others] = await this.tasks.partsOf(before.id);
    const actors = part && others.length === 0 ? actorsOf(part.task, caller) : [];
    if (!part || !actors.includes('provider')) return this.#describeReferral({ previous, meant, isBlind }, update);
    const task = wishOf(part, previous, meant);
    const writes = await this.moveTask.execute({ before: part.stored, task, actors, isBlind, act, now });
    return withOwn(writes, { own: { stored: before, task: previous }, note: meant.note, now });
  }

  /**
   * By its requester: what describes it is taken, and `cancelled` takes the referral back, as `revoked` of its ServiceRequest does.
   */
  async #describeReferral(own: OwnUpdate, { before, task: sent, caller, act, now }: TaskUpdate): Promise<Write[]> {
    const { previous, meant } = own;
    if (!actorsOf(previous, caller).includes('requester')) throw followsItsParts();
    const wished = describedAnew(undescribed(previous), meant, writerOf(caller, now));
    const referral = { stored: before, task: previous };
    const described = await this.adoptTask.described(referral, { sent, wished }, { caller, now });
    if (saysNothingOfTheWork(own)) return described;
    const request = asksToCancel(own) ? await this.tasks.requestOf(previous) : undefined;
    if (!request) throw saysOfTheWork();
    const writes = await this.cancelReferral.byTask(request.stored, { act, now, reason: meant.statusReason });
    const isOwn = isWriteOf(before.id);
    const said = described.find(isOwn)?.resource ?? previous;
    // Whoever asks again while the providers are asked says nothing new but its words.
    if (!writes.some(isOwn)) return described;
    return writes.map((write) => (isOwn(write) ? { ...write, resource: wordedAs(write.resource, said) } : write));
  }
}

/** The referral's own Task as it is, and as an update of it is meant. */
interface OwnUpdate {
  previous: Task;
  meant: Task;
  isBlind: boolean;
}

/** Of the work nothing, or what was said when it was sent. */
function saysNothingOfTheWork({ previous, meant }: OwnUpdate): boolean {
  const business = businessStatusOf(meant);
  const isSame = business === undefined || business === businessStatusOf(previous) || business === 'sent';
  return isSame && (meant.status === previous.status || meant.status === 'requested');
}

function asksToCancel({ previous, meant }: OwnUpdate): boolean {
  if (previous.status === 'cancelled') return false;
  const isAsked = businessStatusOf(meant) === 'cancel-requested' && businessStatusOf(previous) !== 'cancel-requested';
  return isAsked || meant.status === 'cancelled';
}

const words = ['description', 'reasonCode', 'reasonReference', 'contained'];

function undescribed(task: Task): Task {
  return Object.fromEntries(Object.entries(task).filter(([element]) => !words.includes(element))) as unknown as Task;
}

/** Where the work stands as the one says, described as the other is. */
function wordedAs(task: Task, said: Task): Task {
  return restrictedAs({ ...undescribed(task), ...describedBy(said) }, said);
}

/** It names neither the state that it wants in Ginnel's words nor the version that is there, or names an older one. */
function isSentBlindly(previous: Task, { before, task, isWhole, isMatched }: TaskUpdate): boolean {
  if (isMatched) return false;
  const business = businessStatusOf(task);
  if (!isWhole) return business === businessStatusOf(previous);
  const version = task.meta?.versionId;
  return version === undefined ? business === undefined : version !== String(before.version);
}

const ofTheTurn = ['status', 'statusReason', 'executionPeriod'] as const;

/** The turn alone is taken over: what the referral is and to whom it went stays with each of the two Tasks. */
function wishOf({ task: part }: StoredTask, own: Task, meant: Task): Task {
  const said = ofTheTurn.filter((element) => meant[element] !== undefined);
  const wished: Task = {
    ...part,
    ...Object.fromEntries(said.map((element) => [element, meant[element]])),
    ...periodMeant(part, meant),
    ...addedTo(part, own, meant),
  };
  const business = businessStatusOf(meant);
  if (business !== undefined && business !== businessStatusOf(own)) {
    return { ...wished, businessStatus: businessStatus(business as Parameters<typeof businessStatus>[0]) };
  }
  if (meant.status === part.status) return wished;
  // A `cancelled` of the whole, with a word: the person goes another way. A provider that cannot go on says so of its part.
  if (meant.status === 'cancelled') return { ...wished, businessStatus: businessStatus('patient-declined') };
  delete wished.businessStatus;
  return wished;
}

/** Notes and outputs that the update brings, beside those of the part: its writer never saw these. */
function addedTo(part: Task, own: Task, meant: Task): Pick<Task, 'note' | 'output'> {
  const note = [...(part.note ?? []), ...(meant.note ?? []).slice(own.note?.length ?? 0)];
  const before = part.output ?? [];
  const said = (meant.output ?? []).filter((one) => !isDeepStrictEqual(one, outcomeUnknown) || !isOfKind(one, before));
  const kept = before.filter((one) => !isOfKind(one, said) || isAmong(one, said));
  const output = [...kept, ...said.filter((one) => !isAmong(one, before))];
  return { ...(note.length > 0 ? { note } : {}), ...(output.length > 0 ? { output } : {}) };
}

function isAmong(one: TaskOutput, outputs: readonly TaskOutput[]): boolean {
  return outputs.some((other) => isDeepStrictEqual(one, other));
}

function isOfKind({ type }: TaskOutput, outputs: readonly TaskOutput[]): boolean {
  return outputs.some((one) => isDeepStrictEqual(one.type.coding, type.coding));
}

/**
 * The referral's own Task was sent, so it is what is answered: as it follows a turn of the part, with the notes of both where
 * the part was only edited, and as it is where nothing is new.
 */
function withOwn(writes: Write[], { own, note, now }: { own: StoredTask; note: Task['note']; now: Date }): Write[] {
  const others = partsIn(writes);
  const noted = (task: Task): Task => withoutOthersNotes(note === undefined ? task : { ...task, note }, others);
  const isOwn = isWriteOf(own.stored.id);
  if (writes.some(isOwn)) {
    return writes.map((write) => (isOwn(write) ? { ...write, resource: noted(write.resource) } : write));
  }
  if (writes.every(({ event }) => event === undefined)) return [unchanged(own.task, own.stored)];
  return [...writes, parentWrite(own, { ...noted(own.task), lastModified: now.toISOString() })];
}

/** The part that moved, and who joins by the one that goes on for it. */
function partsIn(writes: readonly Write[]): Parameters<typeof withoutOthersNotes>[1] {
  const parts: Task[] = [];
  const joining: string[] = [];
  for (const write of writes) {
    if (write.interaction === 'delete' || write.resource.resourceType !== 'Task') continue;
    if (write.resource.partOf === undefined) continue;
    parts.push(write.resource);
    if (write.interaction === 'create') joining.push(idIn(write.resource.owner, 'Organization') ?? '');
  }
  return { parts, joining };
}

type TaskWrite = Exclude<Write, { interaction: 'delete' }> & { resource: Task };

function isWriteOf(id: string): (write: Write) => write is TaskWrite {
  return (write): write is TaskWrite => write.interaction !== 'delete' && write.resource.id === id;
}

function saysOfTheWork(): FhirError {
  const diagnostics =
    "This is the referral's own Task: how the work stands follows from its parts, which their providers move. Its requester describes it (note, description …), or takes the referral back: `cancelled`, or its ServiceRequest `revoked`.";
  return new FhirError([error('business-rule', diagnostics, 'Task.status')], { status: 422 });
}

function followsItsParts(): FhirError {
  const diagnostics =
    "This is the referral's own Task: its state follows from its parts. Update the part (Task?part-of=…) instead.";
  return new FhirError([error('business-rule', diagnostics, 'Task.partOf')], { status: 422 });
}
