import { Injectable } from '@nestjs/common';
import type { FhirResource, ServiceRequest, Task } from 'fhir/r4';
import type { Caller } from '#auth';
import { sharedEventType } from '#events';
import { type Audience, audienceOf, everyone, FhirError, idIn, organisationsOf, parseJson } from '#fhir';
import { FhirStore, type Stored, type Write } from '#fhir-store';
import { personOf } from '../domain/person-of.js';
import { placeOf, placeOfResource, ridingNamedBy, stepsAtMost } from '../domain/riding.js';

const ridingAtMost = 200;

/** Lets one more organisation see a referral: beside its Task the ServiceRequest, the Patient and what was sent with them. */
@Injectable()
export class ShareReferral {
  constructor(private readonly store: FhirStore) {}

  /** `sharer` reads: nobody shares what it does not see. */
  async execute(
    task: Task,
    { audience, sharer }: { audience: Audience; sharer: Pick<Caller, 'audience'> },
  ): Promise<Write[]> {
    const requestId = idIn(task.focus, 'ServiceRequest');
    const patientId = idIn(task.for, 'Patient');
    const request = requestId === undefined ? undefined : await this.store.read('ServiceRequest', requestId, everyone);
    const patient = patientId === undefined ? undefined : await this.store.read('Patient', patientId, everyone);
    const seen = [request, patient].filter((one) => one !== undefined);
    const named =
      request && patient && !request.deleted
        ? await this.named(parseJson(request.content) as ServiceRequest, { audience, sharer })
        : [];
    return [...seen.flatMap((stored) => widened(stored, audience)), ...named];
  }

  /** Lets see what a referral names; what is written with it is looked through, and is for its own rule to show. */
  async named(request: ServiceRequest, { audience, ...sharing }: Sharing & { audience: Audience }): Promise<Write[]> {
    const sent = await this.#sentWith(request, sharing);
    return sent.flatMap((stored) => widened(stored, audience));
  }

  /** What of a person's records a referral shows to those who see it. */
  async sharedWith(task: Task): Promise<Stored[]> {
    const id = idIn(task.focus, 'ServiceRequest');
    const stored = id === undefined ? undefined : await this.store.read('ServiceRequest', id, everyone);
    if (!stored || stored.deleted) return [];
    return this.#sentWith(parseJson(stored.content) as ServiceRequest, { sharer: { audience: everyone } });
  }

  /** The person's records that the ServiceRequest names, and those that these name. Another referral's are not among them. */
  async #sentWith(request: ServiceRequest, { sharer, siblings = [] }: Sharing): Promise<Stored[]> {
    const beside = new Map(siblings.map((one) => [placeOfResource(one), one]));
    const found = new Map<string, Stored>();
    const looked = new Set<string>();
    let latest: readonly FhirResource[] = [request];
    for (let step = 0; step < stepsAtMost && latest.length > 0; step++) {
      const named = latest.flatMap(ridingNamedBy).filter((id) => !looked.has(placeOf(id)));
      for (const id of named) looked.add(placeOf(id));
      const known = named.filter((id) => !beside.has(placeOf(id)));
      const read = await this.store.readMany(known, sharer.audience);
      const seen = read.map((stored) => ({ stored, resource: parseJson(stored.content) as FhirResource }));
      const theirs = seen.filter(({ resource }) => personOf(resource) === personOf(request));
      for (const { stored } of theirs) found.set(placeOf(stored), stored);
      if (found.size > ridingAtMost) {
        throw FhirError.of('too-costly', `This referral names more than ${String(ridingAtMost)} records to share.`);
      }
      latest = [...theirs.map(({ resource }) => resource), ...named.flatMap((id) => beside.get(placeOf(id)) ?? [])];
    }
    return [...found.values()];
  }
}

/** Who shares, and what is written in the same transaction. */
interface Sharing {
  /** Nobody shares what it does not see. */
  sharer: Pick<Caller, 'audience'>;
  siblings?: readonly FhirResource[];
}

/** The same resource, now also seen by these organisations; nothing where they saw it already. */
export function widened(stored: Stored, audience: Audience): Write[] {
  const before = organisationsOf(stored.audience);
  const wider = audienceOf(...before, ...audience);
  if (stored.deleted || wider.length === before.length) return [];
  const resource = parseJson(stored.content) as FhirResource;
  return [
    { interaction: 'update', resource, audience: wider, version: stored.version, event: sharedEventType(stored.type) },
  ];
}
