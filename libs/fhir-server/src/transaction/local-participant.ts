import { FhirError } from '#fhir';
import { type Decision, DuplicateKey, NotToBeHad, type Stored } from '#fhir-store';
import type { ServiceFace } from '../faces.js';
import { existingOf, matchOf } from '../interactions/conditional.js';
import { isOvertaken } from '../interactions/overtaken.js';
import type { Serving } from '../serving.js';
import {
  type Checkpoint,
  type Criteria,
  type OnBehalf,
  Participant,
  plannedPart,
  type PlannedPart,
  type ReservedPart,
} from './participant.js';
import { planPart } from './plan-part.js';

export interface LocalParts {
  serving: Serving;
  newId: () => string;
  checkpoint: Checkpoint;
}

/** An owner in this process: what answers the questions of a coordinator, and the coordinator's own part. */
export class LocalParticipant extends Participant {
  constructor(
    private readonly face: ServiceFace,
    private readonly parts: LocalParts,
  ) {
    super();
  }

  async match(
    { type, criteria, makes = false }: Criteria,
    { caller, act, now }: OnBehalf,
  ): Promise<string | undefined> {
    const { serving, newId } = this.parts;
    const served = serving.faces.typeNamed(type);
    if (!served) throw FhirError.of('not-supported', `A ${type} is not served here.`);
    const query = new URLSearchParams(criteria);
    const request = { caller, act, method: 'GET' as const, type, query, headers: {}, now, newId };
    const find = makes ? existingOf : matchOf;
    return (await find(served, query, { request, seeking: serving }))?.id;
  }

  async reserve(part: ReservedPart): Promise<PlannedPart> {
    const { checkpoint, serving, newId } = this.parts;
    checkpoint('asked to reserve');
    const servedType = serving.faces.typeNamed.bind(serving.faces);
    const planning = { servedType, validator: serving.validator, seeking: serving, newId };
    const { writes, ...planned } = await planPart(part, planning);
    const { transaction, coordinator, act } = part;
    const reservation = { transaction, coordinator, writes, act, answer: JSON.stringify(planned) };
    const answer = await this.face.store.reservations.reserve(reservation).catch((thrown: unknown) => {
      throw asRefusal(thrown, planned, part);
    });
    checkpoint('reserved');
    return answer === reservation.answer ? planned : plannedPart.parse(JSON.parse(answer));
  }

  async apply(transaction: string): Promise<Stored[]> {
    this.parts.checkpoint('asked to apply');
    const stored = await this.face.store.reservations.apply(transaction);
    this.parts.checkpoint('applied');
    return stored;
  }

  async release(transaction: string): Promise<void> {
    this.parts.checkpoint('asked to release');
    await this.face.store.reservations.release(transaction);
    this.parts.checkpoint('released');
  }

  async decision(transaction: string): Promise<Decision> {
    this.parts.checkpoint('asked for the decision');
    const decision = await this.face.store.decisions.decide(transaction);
    this.parts.checkpoint('decided by the question');
    return decision;
  }
}

/**
 * To the client it is a conflict where somebody changes the very resource that an entry names; what is written beside may be
 * planned anew, and then all is well.
 */
function asRefusal(thrown: unknown, { entries }: PlannedPart, part: ReservedPart): unknown {
  if (thrown instanceof NotToBeHad) {
    const named = entries.find(({ current }) =>
      thrown.resources.some(({ type, id }) => current?.type === type && current.id === id),
    );
    const entry = part.entries.find(({ at }) => at === named?.at);
    if (entry) return changed(entry, thrown);
  }
  if (!isOvertaken(thrown) && !(thrown instanceof DuplicateKey)) return thrown;
  const diagnostics = 'Another request changes the same records at this moment; send the transaction again.';
  return FhirError.of('transient', diagnostics, { status: 409, cause: thrown });
}

function changed({ place, ...entry }: ReservedPart['entries'][number], cause: FhirError): FhirError {
  const version = 'conditions' in entry ? entry.conditions.version : undefined;
  const diagnostics = 'Another request changes this resource at this moment; read it again.';
  return FhirError.of('conflict', diagnostics, {
    expression: place,
    status: version === undefined ? 409 : 412,
    cause,
  });
}
