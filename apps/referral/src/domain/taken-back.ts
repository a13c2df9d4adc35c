import type { ServiceRequest, Task } from 'fhir/r4';
import { businessStatusOf } from './codes.js';
import { type Actor, partTurns } from './transitions.js';

/** Ends of a part with which Ginnel revokes the wish, as the person said, moved or died: its requester did not take it back. */
const ofThePerson = ['patient-declined', 'patient-moved', 'patient-died'];

/** A part that ended and is taken up again, the referral's own Task before that, and who does it. */
export interface TakenUp {
  part: Task;
  parent: Task;
  actors: readonly Actor[];
}

/** True where the wish ended meanwhile by another end than that of this part: by its requester, or by another part. */
export function isTakenBack(request: ServiceRequest, { part, parent, actors }: TakenUp): boolean {
  if (request.status !== 'revoked') return false;
  const byRequester = !ofThePerson.includes(businessStatusOf(parent) ?? '');
  return !revokes(part) || (byRequester && !actors.includes('requester'));
}

function revokes(part: Task): boolean {
  const business = businessStatusOf(part);
  return partTurns.some((row) => row.to === part.status && row.business === business && row.request === 'revoked');
}
