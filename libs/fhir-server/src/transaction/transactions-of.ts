import type { ServiceName } from '#fhir';
import type { ServiceFace } from '../faces.js';
import type { Serving } from '../serving.js';
import { LocalParticipant } from './local-participant.js';
import type { Checkpoint, Participant } from './participant.js';
import type { Transactions } from './transactions.js';

export interface TransactionOptions {
  /** Owners that are spoken with by questions, also those that happen to be in this process. */
  participantElsewhere?: (service: ServiceName) => Participant;
  /** How long an owner may take to answer, and an answer to wait for owners: ten seconds unless told. */
  patienceMs?: number;
  /** Named moments, at which a test may end the process. */
  checkpoint?: Checkpoint;
}

export function transactionsOf(
  { participantElsewhere, patienceMs = 10_000, checkpoint = () => undefined }: TransactionOptions,
  parts: { serving: () => Serving; newId: () => string },
): Transactions {
  const { newId } = parts;
  const faces = (): ServiceFace[] => parts.serving().faces.types.map(({ face }) => face);
  const localOf = (service: ServiceName): Participant | undefined => {
    const face = faces().find(({ name }) => name === service);
    return face && new LocalParticipant(face, { serving: parts.serving(), newId, checkpoint });
  };
  const coordinator = (): ServiceFace => {
    const [first] = faces();
    const face = faces().find(({ name }) => name === 'referral') ?? first;
    if (face) return face;
    throw new Error('This process has no service that could decide about a transaction.');
  };
  const participantOf = (service: ServiceName): Participant | undefined =>
    service === coordinator().name || !participantElsewhere ? localOf(service) : participantElsewhere(service);
  return { participantOf, localOf, coordinator, patienceMs, checkpoint };
}
