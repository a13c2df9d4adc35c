import { Injectable } from '@nestjs/common';
import type { CodeableConcept, FhirResource, Identifier, ServiceRequest, Task } from 'fhir/r4';
import { audienceOf, FhirError, idIn, type Issue, warning } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import type { Write } from '#fhir-store';
import { actorsOf } from '../../domain/actors.js';
import type { ReferralMessage } from '../../domain/bars/index.js';
import { messageIdentifier } from '../../domain/message-identifier.js';
import { endReasonOf, nhsReasonOf } from '../../domain/status-reasons.js';
import { type Cancellation, CancelReferral, WorkWasDone } from '../cancel-referral.js';
import { parentWrite, type StoredTask } from '../referral-tasks.js';
import type { KnownOfMessage } from './known-message.js';
import { keptAs, LinkMessage } from './link-message.js';
import type { TakenMessage } from './taken-message.js';

/** Takes a message by which the requester cancels its referral. */
@Injectable()
export class CancelByMessage {
  constructor(
    private readonly cancelReferral: CancelReferral,
    private readonly linkMessage: LinkMessage,
  ) {}

  async execute(message: ReferralMessage, known: KnownOfMessage, request: FhirRequest): Promise<TakenMessage> {
    const { stored, resource, parent } = requestersOwn(known, request);
    const { act, now, caller, newId } = request;
    const { status } = message.serviceRequest;
    const reason = reasonIn(message.serviceRequest);
    const cancelled = await this.#cancelled({
      serviceRequest: stored,
      as: status === 'entered-in-error' ? 'entered-in-error' : 'revoked',
      act,
      now,
      ...(reason ? { reason } : {}),
    });
    const ids = new Map<FhirResource, string>([
      [message.serviceRequest, stored.id],
      [message.patient, idIn(resource.subject, 'Patient') ?? newId()],
    ]);
    const links = await this.linkMessage.execute(message, ids);
    const kept = keptAs(message, newId(), { ids, links, about: resource });
    const became = becameOf(cancelled, resource);
    return {
      writes: [
        ...withMessageId(cancelled, parent, messageIdentifier(message, now)),
        {
          interaction: 'create',
          resource: kept,
          audience: audienceOf(caller.organisation ?? idIn(parent.task.requester, 'Organization')),
          persons: [ids.get(message.patient) ?? ''],
        },
      ],
      target: { type: 'ServiceRequest', id: stored.id },
      ids,
      states: new Map([[message.serviceRequest, { status: became }]]),
      remarks: remarksOf(became, status),
    };
  }

  /** For the standard, work that was done meanwhile is newer than the message. */
  async #cancelled(cancellation: Cancellation): Promise<Write[]> {
    try {
      return await this.cancelReferral.execute(cancellation);
    } catch (thrown) {
      if (!(thrown instanceof WorkWasDone)) throw thrown;
      const issues = thrown.issues.map((one): Issue => ({ ...one, code: 'conflict' }));
      throw new FhirError(issues, { status: 409, cause: thrown });
    }
  }
}

/** Beside the extension, a reasonCode that can only be that of an end. */
function reasonIn(request: ServiceRequest): CodeableConcept | undefined {
  return endReasonOf(request) ?? request.reasonCode?.find((concept) => nhsReasonOf(concept) !== undefined);
}

const asked: Issue = warning(
  'informational',
  'The provider has begun and was asked to stop: the ServiceRequest ends when it confirms, and you are told.',
  'ServiceRequest.status',
);

const doneBefore: Issue = warning(
  'informational',
  'A part of this referral was completed before: the ServiceRequest ends as completed, and everything else is taken back.',
  'ServiceRequest.status',
);

function remarksOf(became: ServiceRequest['status'], wished: string): Issue[] {
  if (became === wished) return [];
  return [became === 'completed' ? doneBefore : asked];
}

/** The referral that a request speaks of, where it is the caller's own; to read one is not to change it. */
export function requestersOwn({ request: known }: KnownOfMessage, { caller }: FhirRequest) {
  if (known?.parent && actorsOf(known.parent.task, caller).includes('requester')) {
    return { ...known, parent: known.parent };
  }
  throw FhirError.of('forbidden', 'A referral is changed and cancelled by its own requester only.', {
    expression: 'ServiceRequest.id',
  });
}

/** The referral's own Task bears the id of each request about it. Where it is written anyway, it is written once. */
export function withMessageId(writes: readonly Write[], parent: StoredTask, identifier: Identifier): Write[] {
  const identified = (task: Task): Task => ({
    ...task,
    identifier: [...(task.identifier ?? []), identifier],
  });
  const isParents = (write: Write): boolean => write.interaction === 'update' && write.resource.id === parent.stored.id;
  if (!writes.some(isParents)) return [...writes, parentWrite(parent, identified(parent.task))];
  return writes.map((write) =>
    write.interaction === 'update' && write.resource.resourceType === 'Task' && isParents(write)
      ? { ...write, resource: identified(write.resource) }
      : write,
  );
}

function becameOf(writes: readonly Write[], before: ServiceRequest): ServiceRequest['status'] {
  const written = writes.flatMap((write) =>
    write.interaction === 'update' && write.resource.resourceType === 'ServiceRequest' ? [write.resource] : [],
  );
  return written.find(({ id }) => id === before.id)?.status ?? before.status;
}
