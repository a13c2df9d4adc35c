import type { ServiceName } from '#fhir';
import type { ServiceFace } from '../faces.js';
import type { Checkpoint, Participant } from './participant.js';

/** What a transaction works with. */
export interface Transactions {
  /** An owner of types, wherever it runs; undefined for a service that this process cannot reach. */
  participantOf: (service: ServiceName) => Participant | undefined;
  /** An owner in this process. */
  localOf: (service: ServiceName) => Participant | undefined;
  /** The service of this process that decides about transactions across services. */
  coordinator: () => ServiceFace;
  /** How long an answer waits for owners that have to apply what is committed. */
  patienceMs: number;
  checkpoint: Checkpoint;
}
