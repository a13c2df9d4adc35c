import type { FhirResource } from 'fhir/r4';
import { z } from 'zod';
import type { Caller } from '#auth';
import type { ServiceName } from '#fhir';
import type { Act, Decision, Stored } from '#fhir-store';
import type { IdentifiedEntry } from './entry.js';

/** On whose behalf a transaction, or a part of it, is done. */
export interface OnBehalf {
  caller: Caller;
  act: Act;
  now: Date;
}

/** What one owner is to do of a transaction. */
export interface Part extends OnBehalf {
  entries: readonly IdentifiedEntry[];
  /** All resources of the Bundle that are written, with their entries' numbers; ids assigned, references resolved. */
  resources: readonly { at: number; resource: FhirResource }[];
  /** What the owners before this one will write. */
  planned: readonly Stored[];
}

/** A part that is to be set aside until its coordinator has decided. */
export interface ReservedPart extends Part {
  transaction: string;
  coordinator: ServiceName;
}

const storedVersion = z.object({
  type: z.string(),
  id: z.string(),
  version: z.int(),
  lastUpdated: z.coerce.date(),
  audience: z.array(z.string()).readonly(),
  deleted: z.boolean(),
  content: z.string(),
});

const plannedEntry = z.object({
  at: z.int(),
  status: z.union([z.literal(200), z.literal(201), z.literal(204)]),
  /** The version that it makes; absent where it changes nothing. */
  version: storedVersion.pick({ type: true, id: true, version: true }).optional(),
  /** The version that was there when it was planned. */
  current: storedVersion.optional(),
});

/** What an owner's part comes to, as it comes from the broker or the database. */
export const plannedPart = z.object({
  entries: z.array(plannedEntry),
  /** All versions that it makes, also those beside the entries. */
  planned: z.array(storedVersion),
});

export type PlannedEntry = z.infer<typeof plannedEntry>;
export type PlannedPart = z.infer<typeof plannedPart>;

/** Criteria of a conditional entry or reference. */
export interface Criteria {
  type: string;
  criteria: string;
  /** Those of a create or update: what was made under them before is meant, also where its content does not meet them. */
  makes?: boolean | undefined;
}

/** An owner of resource types, as the coordinator of a transaction speaks with it: in this process, or in another one. */
export abstract class Participant {
  /** The one resource that meets the criteria and that the caller may see; several are refused. */
  abstract match(criteria: Criteria, behalf: OnBehalf): Promise<string | undefined>;

  /** Plans the part and sets aside all that it needs; from then on it can be applied whatever happens. */
  abstract reserve(part: ReservedPart): Promise<PlannedPart>;

  /** Writes what was set aside. */
  abstract apply(transaction: string): Promise<Stored[]>;

  /** Lets go what was set aside. */
  abstract release(transaction: string): Promise<void>;

  /** What it decided as a coordinator: what it has not committed by now it never will. */
  abstract decision(transaction: string): Promise<Decision>;
}

/** Named moments, at which a test may end the process. */
export type Checkpoint = (moment: string) => void;
