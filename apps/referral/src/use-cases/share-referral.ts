import { Injectable } from '@nestjs/common';
import type { FhirResource, Task } from 'fhir/r4';
import type { Caller } from '#auth';
import {
  type Audience,
  audienceOf,
  everyone,
  FhirError,
  idIn,
  parseJson,
  referencesIn,
  type ResourceId,
  resourceIdOf,
} from '#fhir';
import { FhirStore, type Stored, type Write } from '#fhir-store';
import { personOf } from '../domain/person-of.js';

/** What rides in a referral: seen by whoever sees the referral, where the referral names it. */
const riding: readonly string[] = [
  'RelatedPerson',
  'CarePlan',
  'Condition',
  'Consent',
  'Encounter',
  'Flag',
  'Goal',
  'AllergyIntolerance',
  'MedicationStatement',
  'Procedure',
];

const ridingAtMost = 200;
/** ServiceRequest → CarePlan → Goal → Condition. */
const stepsAtMost = 4;

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
    const sent = request && patient ? await this.#sentWith(request, { patientId: patient.id, sharer }) : [];
    const all = [request, patient, ...sent].filter((one) => one !== undefined);
    return all.flatMap((stored) => widened(stored, audience));
  }

  /** The person's records that the ServiceRequest names, and those that these name. Another referral's are not among them. */
  async #sentWith(
    request: Stored,
    { patientId, sharer }: { patientId: string; sharer: Pick<Caller, 'audience'> },
  ): Promise<Stored[]> {
    const found = new Map<string, Stored>();
    let latest = [request];
    for (let step = 0; step < stepsAtMost && latest.length > 0; step++) {
      const named = latest.flatMap(ridingNamedBy).filter((id) => !found.has(placeOf(id)));
      const seen = await this.store.readMany(named, sharer.audience);
      latest = seen.filter((one) => personOf(parseJson(one.content) as FhirResource) === patientId);
      for (const one of latest) found.set(placeOf(one), one);
      if (found.size > ridingAtMost) {
        throw FhirError.of('too-costly', `This referral names more than ${String(ridingAtMost)} records to share.`);
      }
    }
    return [...found.values()];
  }
}

function ridingNamedBy({ content, deleted }: Stored): ResourceId[] {
  if (deleted) return [];
  return referencesIn(parseJson(content) as FhirResource)
    .map(({ reference }) => resourceIdOf(reference))
    .filter((id) => id !== undefined)
    .filter(({ type }) => riding.includes(type));
}

function placeOf({ type, id }: ResourceId): string {
  return `${type}/${id}`;
}

/** The same resource, now also seen by these organisations; nothing where they saw it already. */
export function widened(stored: Stored, audience: Audience): Write[] {
  const wider = audienceOf(...stored.audience, ...audience);
  if (stored.deleted || wider.length === stored.audience.length) return [];
  const resource = parseJson(stored.content) as FhirResource;
  const kebab = stored.type.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase();
  return [{ interaction: 'update', resource, audience: wider, version: stored.version, event: `${kebab}-shared.v1` }];
}
