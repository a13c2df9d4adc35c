import { Injectable } from '@nestjs/common';
import type { Task } from 'fhir/r4';
import { everyone, parseJson } from '#fhir';
import { FhirStore } from '#fhir-store';
import { heldPlaceOf, placeKey } from '../../domain/held-place.js';

/** A place that was asked for: for which Task, and which version of it was to come about with it. */
export interface AskedPlace {
  hold: string;
  task: string;
  version: number;
}

export type HoldDecision =
  /** The Task will never have this place. */
  | { state: 'refused' }
  /** It is being decided, by a transaction across services. */
  | { state: 'pending' }
  /** What the Task says, as of this version. */
  | { state: 'settled'; version: number; service?: string };

/**
 * Tells the directory what became of a place that it keeps. Where nothing did, nothing will: a request that is slow, or was
 * thought dead, cannot accept with this place after it was asked for.
 */
@Injectable()
export class DecideHold {
  constructor(private readonly store: FhirStore) {}

  async execute({ hold, task, version }: AskedPlace): Promise<HoldDecision> {
    if ((await this.store.decideKey(placeKey(hold))) === 'refused') return { state: 'refused' };
    const stored = await this.store.read('Task', task, everyone);
    if (!stored) return { state: 'settled', version };
    if (stored.version < version) return { state: 'pending' };
    const service = stored.deleted ? undefined : heldPlaceOf(parseJson(stored.content) as Task);
    return { state: 'settled', version: stored.version, ...(service === undefined ? {} : { service }) };
  }
}
