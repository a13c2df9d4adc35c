import { Injectable } from '@nestjs/common';
import type { FhirResource, Task } from 'fhir/r4';
import { type Audience, audienceOf, everyone, FhirError, idIn } from '#fhir';
import { type SearchParameter, searchParameter, type SearchQuery } from '#fhir-search';
import { FhirStore, type Stored, type Write } from '#fhir-store';

/** What rides in a referral and is seen by whoever sees the referral. */
const riding = [
  'RelatedPerson',
  'CarePlan',
  'Condition',
  'Consent',
  'Flag',
  'Goal',
  'AllergyIntolerance',
  'MedicationStatement',
  'Procedure',
] as const;

const ridingAtMost = 200;

/** Lets one more organisation see a referral: beside its Task the ServiceRequest, the Patient and what was sent with them. */
@Injectable()
export class ShareReferral {
  constructor(private readonly store: FhirStore) {}

  async execute(task: Task, audience: Audience): Promise<Write[]> {
    const requestId = idIn(task.focus, 'ServiceRequest');
    const patientId = idIn(task.for, 'Patient');
    const request = requestId === undefined ? undefined : await this.store.read('ServiceRequest', requestId, everyone);
    const patient = patientId === undefined ? undefined : await this.store.read('Patient', patientId, everyone);
    const sent = request && patient ? await this.#sentWith(patient.id, request) : [];
    const all = [request, patient, ...sent].filter((one) => one !== undefined);
    return all.flatMap((stored) => widened(stored, audience));
  }

  /** Of the person's records, those that the referral's own organisations saw. */
  async #sentWith(patientId: string, request: Stored): Promise<Stored[]> {
    const found = await Promise.all(riding.map((type) => this.#ofPatient(type, patientId)));
    return found
      .flat()
      .filter(({ audience }) => request.audience.every((organisation) => audience.includes(organisation)));
  }

  async #ofPatient(type: string, patientId: string): Promise<Stored[]> {
    const parameter = searchParameter(type, 'patient');
    if (!parameter) return [];
    const { matches, next } = await this.store.search(patientQuery(type, parameter, patientId), everyone);
    if (next !== undefined)
      throw FhirError.of('too-costly', `This person has more than ${String(ridingAtMost)} ${type} records to share.`);
    return matches;
  }
}

/** The same resource, now also seen by these organisations; nothing where they saw it already. */
export function widened(stored: Stored, audience: Audience): Write[] {
  const wider = audienceOf(...stored.audience, ...audience);
  if (stored.deleted || wider.length === stored.audience.length) return [];
  const resource = JSON.parse(stored.content) as FhirResource;
  const kebab = stored.type.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase();
  return [{ interaction: 'update', resource, audience: wider, version: stored.version, event: `${kebab}-shared.v1` }];
}

function patientQuery(type: string, parameter: SearchParameter, patientId: string): SearchQuery {
  return {
    type,
    criteria: [{ parameter, values: [{ type: 'reference', value: `Patient/${patientId}` }] }],
    includes: [],
    sort: [],
    count: ridingAtMost,
    total: 'none',
    applied: new URLSearchParams(),
  };
}
