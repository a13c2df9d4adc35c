import { Injectable } from '@nestjs/common';
import type { ServiceRequest, Task } from 'fhir/r4';
import { FhirError, restrictedAs } from '#fhir';
import { type Act, personsIn, type Write } from '#fhir-store';
import { completionProvenance } from '../domain/completion-provenance.js';
import { isTakenBack, type TakenUp } from '../domain/taken-back.js';
import type { Actor } from '../domain/transitions.js';
import { ReferralTasks } from './referral-tasks.js';

/** A part's turn, and the referral's own Task as it makes it. */
export interface Followed {
  previous: Task;
  /** The referral's own Task before the turn. */
  before: Task;
  parent: Task;
  actors: readonly Actor[];
  act: Act;
  now: Date;
}

/** Ginnel ends the wish on the requester's behalf when its work has ended, and says so in a Provenance. */
@Injectable()
export class FollowRequest {
  constructor(private readonly tasks: ReferralTasks) {}

  async execute({ previous, before, parent, actors, ...when }: Followed): Promise<Write[]> {
    const found = await this.tasks.requestOf(parent);
    if (found?.resource.status === 'entered-in-error') refuseAfterMistake(parent);
    const status = found && statusAfter(found.resource, parent);
    if (!found || status === undefined || status === found.resource.status) return [];
    if (status === 'active') refuseWhatIsNotWanted(found.resource, { part: previous, parent: before, actors });
    const { stored, resource } = found;
    const { audience, version } = stored;
    const event = status === 'active' ? 'service-request-restored.v1' : `service-request-${status}.v1`;
    const made = completionProvenance(resource, parent, { version: version + 1, ...when });
    return [
      { interaction: 'update', resource: { ...resource, status }, audience, version, event },
      {
        interaction: 'create',
        resource: restrictedAs(made, resource, parent),
        audience,
        persons: personsIn(stored),
      },
    ];
  }
}

/** As the referral's own Task has it; a wish stays active while somebody may still be asked. */
function statusAfter({ status }: ServiceRequest, parent: Task): ServiceRequest['status'] | undefined {
  if (status === 'draft' || status === 'entered-in-error') return undefined;
  if (parent.status === 'completed') return 'completed';
  if (parent.status === 'cancelled') return 'revoked';
  if (parent.status === 'entered-in-error') return 'entered-in-error';
  return parent.status === 'failed' ? undefined : 'active';
}

/** Nothing begins again under a wish that should never have been sent. */
function refuseAfterMistake({ status }: Task): void {
  if (status === 'entered-in-error') return;
  throw FhirError.of('deleted', 'This referral was entered in error; nothing more is done about it.', { status: 410 });
}

/** Who takes back its end finds a wish that was taken back meanwhile. */
function refuseWhatIsNotWanted(request: ServiceRequest, taken: TakenUp): void {
  if (!isTakenBack(request, taken)) return;
  throw FhirError.of('conflict', 'The requester has taken this referral back meanwhile.', {
    expression: 'Task.status',
    status: 409,
  });
}
