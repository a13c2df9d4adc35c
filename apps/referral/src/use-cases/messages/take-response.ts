import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { Communication, FhirResource, Task } from 'fhir/r4';
import type { Caller } from '#auth';
import { FhirError, idIn, isFault, type Issue, parseDateTime, restrictedAs, warning } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import type { Write } from '#fhir-store';
import { actorsOf } from '../../domain/actors.js';
import { entryIdsOf, type ReferralMessage } from '../../domain/bars/index.js';
import { businessStatusOf, businessStatusSystem, messageIdSystem } from '../../domain/codes.js';
import { embed } from '../../domain/embed.js';
import { communicationCategorySystem } from '../../domain/feedback/codes.js';
import { holdsLate } from '../../domain/late.js';
import { leftOutRemarks, type MessageParts, partsOf } from '../../domain/message-parts.js';
import { taskWishedBy } from '../../domain/response-turn.js';
import { isEnd } from '../../domain/state-before.js';
import { NotForwarded } from '../../domain/task-transition.js';
import { NoPlaceLeft } from '../directory/reserve-place.js';
import { MoveTask } from '../move-task.js';
import type { StoredTask } from '../referral-tasks.js';
import type { AnsweredPart, KnownOfMessage } from './known-message.js';
import { LastAnswer } from './last-answer.js';
import { keptAs, LinkMessage } from './link-message.js';
import { RepeatedParts, type SettledParts, type SpokenOf } from './repeated-parts.js';
import type { TakenMessage } from './taken-message.js';

/**
 * Takes a provider's servicerequest-response: its Task takes the turn that the response says, where the table of turns has one
 * from here. Whether it moves or not, the response stays as a Communication of the referral with what it brought.
 */
@Injectable()
export class TakeResponse {
  constructor(
    private readonly moveTask: MoveTask,
    private readonly linkMessage: LinkMessage,
    private readonly lastAnswer: LastAnswer,
    private readonly repeatedParts: RepeatedParts,
  ) {}

  async execute(message: ReferralMessage, known: KnownOfMessage, request: FhirRequest): Promise<TakenMessage> {
    const answered = known.answered?.own;
    if (!answered) throw notAsked();
    const { newId } = request;
    const { part } = answered;
    const person = idIn(part.task.for, 'Patient') ?? '';
    const parts = partsOf(message);
    const made = broughtBy(message, parts);
    const said = taskAbout(message, part);
    const fresh = new Map<FhirResource, string>([
      ...assessmentIn(message, known),
      [message.serviceRequest, idIn(part.task.focus, 'ServiceRequest') ?? ''],
      [message.patient, person],
      ...(said ? [[said, part.stored.id] as const] : []),
      ...made.map((one) => [one, newId()] as const),
    ]);
    const spokenOf = { person, request: known.asked, audience: part.stored.audience, reader: request.caller.audience };
    const { ids, links, repeated } = await this.#linked(message, made, { ids: fresh, spokenOf });
    const settled = <R extends FhirResource>(one: R): R => ({ ...embed(one, links), id: ids.get(one) });
    const moved = await this.#moved(message, answered, { request, said: said && settled(said) });
    const { audience } = part.stored;
    const kept = made.filter(({ resourceType }) => !handedOver.includes(resourceType));
    const records = kept.map(settled);
    const communication = communicationOf(message, answered, { request, records, after: moved.after });
    const own = [...kept.filter((one) => !repeated.has(one)).map(settled), communication];
    return {
      writes: [
        ...moved.writes,
        ...own.map((one): Write => ({
          interaction: 'create',
          resource: restrictedAs(one, part.task),
          audience,
          persons: [person],
        })),
        {
          interaction: 'create',
          resource: keptAs(message, newId(), { ids, links, about: part.task }),
          audience,
          persons: [person],
          event: 'message-received.v1',
        },
      ],
      target: { type: 'Task', id: part.stored.id },
      ids,
      remarks: [...leftOutRemarks(parts, message), ...moved.remarks],
      ...(said && !moved.after ? { states: new Map([[said, standing(part.task)]]) } : {}),
    };
  }

  /** The sender's assessment is not brought by the answer, yet what is brought may name it. */
  async #linked(
    message: ReferralMessage,
    made: readonly FhirResource[],
    { ids, spokenOf }: { ids: ReadonlyMap<FhirResource, string>; spokenOf: SpokenOf },
  ): Promise<SettledParts> {
    const links = await this.linkMessage.execute(message, ids);
    const assessment = message.resolve(message.serviceRequest.encounter) ?? [];
    return this.repeatedParts.execute([...new Set(made.concat(assessment))], { ids, links }, spokenOf);
  }

  /**
   * A turn that is not in the table from here is history: what came late or twice changes nothing, and is no fault. `after`: the
   * Task where it stands as the response says; otherwise it stays as it is.
   */
  async #moved(
    message: ReferralMessage,
    answered: AnsweredPart,
    { request: { act, now, caller }, said }: { request: FhirRequest; said: Task | undefined },
  ): Promise<{ writes: Write[]; remarks: Issue[]; after?: Task }> {
    const { stored, task: part } = answered.part;
    const actors = actorsOf(part, caller);
    const author = caller.organisation;
    try {
      const task = taskWishedBy(message, part, { said, now, ...(author === undefined ? {} : { author }) });
      if (task === undefined) return { writes: [], remarks: isEnd(part.status) ? [hasEnded] : [] };
      if (!holdsLate({ previous: part, next: task, actors }) && (await this.#isOvertaken(message, answered, caller))) {
        return { writes: [], remarks: [keptLate] };
      }
      const moved = await this.moveTask.execute({ before: stored, task, actors, act, now });
      const after = afterOf(part, moved);
      const writes = isDeepStrictEqual(after, part) ? [] : moved;
      return staysAsItIs([part, after], task) ? { writes, remarks: [keptLate] } : { writes, remarks: [], after };
    } catch (thrown) {
      if (!isHistory(thrown)) throw thrown;
      return { writes: [], remarks: thrown.issues.map((one) => (isFault(one) ? keptAsHistory(one) : one)) };
    }
  }

  /** Its provider has said something newer since, which came here first. */
  async #isOvertaken({ timestamp }: ReferralMessage, answered: AnsweredPart, { audience }: Caller): Promise<boolean> {
    const last = await this.lastAnswer.execute(answered, audience);
    return last !== undefined && parseDateTime(timestamp) < parseDateTime(last);
  }
}

/**
 * Not possible from here, another side's to take or in its name, without a place, or asking somebody too late or who is asked
 * already. What has expired or went on to another is refused instead.
 */
function isHistory(thrown: unknown): thrown is FhirError {
  if (thrown instanceof NoPlaceLeft || thrown instanceof NotForwarded) return true;
  if (!(thrown instanceof FhirError)) return false;
  // As an answer it would say that the message was taken before.
  return [403, 410, 422].includes(thrown.status) || thrown.issues.some(({ code }) => code === 'duplicate');
}

const hasEnded = warning(
  'informational',
  'The response was kept, but the Task has ended and stays as it is.',
  'Task.status',
);

const keptLate = warning(
  'informational',
  'The response was kept as one that came late; the Task stays as it is.',
  'Task.status',
);

function afterOf(part: Task, writes: readonly Write[]): Task {
  const own = writes.flatMap((write) => ('resource' in write && write.resource.id === part.id ? [write.resource] : []));
  return (own[0] as Task | undefined) ?? part;
}

/** Kept in the part as a turn that came late: it says another state than the one that is written. */
function staysAsItIs([part, after]: readonly [Task, Task], wished: Task): boolean {
  const isSame = after.status === part.status && businessStatusOf(after) === businessStatusOf(part);
  const business = businessStatusOf(wished) ?? businessStatusOf(after);
  return isSame && (after.status !== wished.status || businessStatusOf(after) !== business);
}

/** How a Task stands here, where a response said it otherwise. */
function standing({ status, businessStatus }: Task): Pick<Task, 'status' | 'businessStatus'> {
  return { status, ...(businessStatus ? { businessStatus } : {}) };
}

function notAsked(): FhirError {
  return FhirError.of('forbidden', 'A referral is answered by a provider that it was sent to, and by nobody else.', {
    expression: 'Bundle.entry[0].resource.response.identifier',
  });
}

/** The Task of the message that is this part by its id here; otherwise the first one. */
function taskAbout(message: ReferralMessage, { stored }: StoredTask): Task | undefined {
  const isNamed = (task: Task): boolean =>
    entryIdsOf({ resource: task, fullUrl: message.fullUrlOf(task) }).includes(stored.id);
  return message.tasks.find(isNamed) ?? message.tasks[0];
}

const handedOver: readonly string[] = ['Observation', 'QuestionnaireResponse'];

/** What the answer repeats of the sender's assessment is the one here, whatever became of it: what hangs on it is known by that. */
function assessmentIn(message: ReferralMessage, { asked }: KnownOfMessage): [FhirResource, string][] {
  const assessment = message.resolve(message.serviceRequest.encounter);
  const id = idIn(asked?.encounter, 'Encounter');
  return assessment?.resourceType === 'Encounter' && id !== undefined ? [[assessment, id]] : [];
}

/** What the provider adds. The sender's own assessment, which responses repeat, is here already; it is told by the ServiceRequest. */
function broughtBy(message: ReferralMessage, { records, answers }: MessageParts): FhirResource[] {
  const assessment = message.resolve(message.serviceRequest.encounter);
  const focused = (message.header.focus ?? []).map((reference) => message.resolve(reference));
  const isOwn = (one: FhirResource): boolean =>
    focused.includes(one) || (assessment !== undefined && one !== assessment);
  const isBrought = (one: FhirResource): boolean =>
    one.resourceType === 'Encounter' ? isOwn(one) : one !== assessment && one.resourceType !== 'Consent';
  return [...records.filter(isBrought), ...answers];
}

function keptAsHistory({ code, diagnostics, expression }: Issue): Issue {
  const said = `The response was kept, but the Task stays as it is: ${diagnostics}`;
  return warning(code, said, expression?.[0]);
}

/** The response as the requester finds it in the referral: who said it and when, the state that it gave, and what came with it. */
function communicationOf(
  message: ReferralMessage,
  { parent, part }: AnsweredPart,
  {
    request: { now, newId, caller },
    records,
    after,
  }: { request: FhirRequest; records: readonly FhirResource[]; after: Task | undefined },
): Communication {
  const { task } = part;
  const business = after && businessStatusOf(after);
  const about = [
    { reference: `Task/${part.stored.id}` },
    ...(task.focus ? [task.focus] : []),
    ...records.map(({ resourceType, id = '' }) => ({ reference: `${resourceType}/${id}` })),
  ];
  const sender = caller.organisation === undefined ? task.owner : { reference: `Organization/${caller.organisation}` };
  return {
    resourceType: 'Communication',
    id: newId(),
    identifier: [{ system: messageIdSystem, value: message.bundleId }],
    partOf: [{ reference: `Task/${parent.stored.id}` }],
    status: 'completed',
    category: [{ coding: [{ system: communicationCategorySystem, code: 'received-response' }] }],
    ...(business === undefined ? {} : { topic: { coding: [{ system: businessStatusSystem, code: business }] } }),
    ...(task.for ? { subject: task.for } : {}),
    about,
    sent: message.timestamp,
    received: now.toISOString(),
    ...(parent.task.requester ? { recipient: [parent.task.requester] } : {}),
    ...(sender ? { sender } : {}),
  };
}
