import type { FhirResource, Reference, ServiceRequest, Task } from 'fhir/r4';
import { error, idIn, type Issue, resourceIdOf } from '#fhir';
import { describedBy } from './new-referral.js';
import { sameIdentifier } from './same-element.js';
import { type NoteWriter, notesOf } from './task-notes.js';

/** True for the requester's own Task in the same Bundle: it becomes the parent Task. */
export function isTaskFor(resource: FhirResource, request: ServiceRequest): resource is Task {
  return (
    resource.resourceType === 'Task' &&
    resource.partOf === undefined &&
    idIn(resource.focus, 'ServiceRequest') === request.id
  );
}

/** The referral's own Task with what its requester says of it. Its names and everybody's notes are added to. */
export function describedAnew(own: Task, sent: Task, writer: NoteWriter): Task {
  const before = own.identifier ?? [];
  const added = (sent.identifier ?? []).filter((one) => !before.some((other) => sameIdentifier(one, other)));
  const identifier = [...before, ...added];
  const note = notesOf(own, sent, writer);
  return {
    ...own,
    ...describedBy(sent),
    ...(identifier.length > 0 ? { identifier } : {}),
    ...(note.length > 0 ? { note } : {}),
  };
}

/** Whose referral it is. */
interface Parties {
  /** The provider and its activity; absent where they are not known. */
  asked?: readonly (Reference | undefined)[];
  subject: Reference | undefined;
  focus?: Reference | undefined;
}

/** Where a requester's own Task names somebody else than its ServiceRequest does: that would not be done, so it is not taken. */
export function otherParties(sent: Task, { asked, subject, focus }: Parties): Issue[] {
  return [
    ...(isOther(sent.for, [subject])
      ? [error('business-rule', 'Task.for is the subject of its ServiceRequest.', 'Task.for')]
      : []),
    ...(asked && isOther(sent.owner, asked) ? [error('business-rule', asksAnother, 'Task.owner')] : []),
    ...(focus && isOther(sent.focus, [focus])
      ? [error('business-rule', 'The focus of a Task of a referral stays its ServiceRequest.', 'Task.focus')]
      : []),
  ];
}

const asksAnother =
  "The ServiceRequest goes to another provider: to ask this one too, send the Task as part (partOf) of the referral's own.";

/** Said by a literal; who is named in other words is not held against it. */
function isOther(said: Reference | undefined, those: readonly (Reference | undefined)[]): boolean {
  const named = resourceIdOf(said);
  return (
    named !== undefined &&
    !those.map((one) => resourceIdOf(one)).some((one) => one?.type === named.type && one.id === named.id)
  );
}
