import { Injectable } from '@nestjs/common';
import type { FhirResource, ServiceRequest, Task } from 'fhir/r4';
import type { Caller } from '#auth';
import { sharedEventType } from '#events';
import { type Audience, audienceOf, everyone, FhirError, idIn, organisationsOf, parseJson } from '#fhir';
import { FhirStore, type Stored, type Write } from '#fhir-store';
import { personOf } from '../domain/person-of.js';
import { placeOf, placeOfResource, ridingNamedBy, stepsAtMost } from '../domain/riding.js';
import { RidingRecords } from './riding-records.js';

/** More than a message brings, and its updates. */
const ridingAtMost = 1_000;

/** Lets one more organisation see a referral: beside its Task the ServiceRequest, the Patient and what was sent with them. */
@Injectable()
export class ShareReferral {
  constructor(
    private readonly store: FhirStore,
    private readonly ridingRecords: RidingRecords,
  ) {}

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
    const sent = request && patient && !request.deleted ? await this.#sentOf(task, request, { sharer }) : [];
    refuseTooMany(sent);
    return [...seen, ...sent].flatMap((stored) => widened(stored, audience));
  }

  /** Lets see what a referral names; what is written with it is looked through, and is for its own rule to show. */
  async named(request: ServiceRequest, { audience, ...sharing }: Sharing & { audience: Audience }): Promise<Write[]> {
    const sent = await this.#namedBy(request, sharing);
    refuseTooMany(sent);
    return sent.flatMap((stored) => widened(stored, audience));
  }

  /** What of a person's records a referral shows to those who see it. */
  async sharedWith(task: Task): Promise<Stored[]> {
    const id = idIn(task.focus, 'ServiceRequest');
    const stored = id === undefined ? undefined : await this.store.read('ServiceRequest', id, everyone);
    if (!stored || stored.deleted) return [];
    return this.#sentOf(task, stored, { sharer: { audience: everyone } });
  }

  /** What the ServiceRequest names, and what its requester hung on that, on the ServiceRequest or on the referral's own Task. */
  async #sentOf(task: Task, { type, id, content }: Stored, sharing: Sharing): Promise<Stored[]> {
    const named = await this.#namedBy(parseJson(content) as ServiceRequest, sharing);
    const maker = idIn(task.requester, 'Organization');
    const person = idIn(task.for, 'Patient');
    if (maker === undefined || person === undefined) return named;
    const places = [placeOf({ type, id }), placeOfResource(task), ...named.map(placeOf)];
    const { audience: reader } = sharing.sharer;
    return [...named, ...(await this.ridingRecords.of(person, { places, reader, maker }))];
  }

  /** The person's records that the ServiceRequest names, and those that these name. Another referral's are not among them. */
  async #namedBy(request: ServiceRequest, { sharer, siblings = [] }: Sharing): Promise<Stored[]> {
    const beside = new Map(siblings.map((one) => [placeOfResource(one), one]));
    const found = new Map<string, Stored>();
    const looked = new Set<string>();
    let latest: readonly FhirResource[] = [request];
    for (let step = 0; step < stepsAtMost && latest.length > 0; step++) {
      const named = latest.flatMap(ridingNamedBy).filter((id) => !looked.has(placeOf(id)));
      for (const id of named) looked.add(placeOf(id));
      const known = named.filter((id) => !beside.has(placeOf(id)));
      const read = await this.store.readMany(known, sharer.audience);
      const theirs: { stored: Stored; resource: FhirResource }[] = [];
      for (const stored of read) {
        if (!(await this.ridingRecords.isAbout(personOf(request) ?? '', stored))) continue;
        theirs.push({ stored, resource: parseJson(stored.content) as FhirResource });
      }
      for (const { stored } of theirs) found.set(placeOf(stored), stored);
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

function refuseTooMany({ length }: readonly Stored[]): void {
  if (length <= ridingAtMost) return;
  throw FhirError.of('too-costly', `This referral has more than ${String(ridingAtMost)} records to share.`);
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
