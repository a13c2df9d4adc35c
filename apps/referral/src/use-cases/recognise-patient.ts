import { Injectable } from '@nestjs/common';
import type { Identifier, Patient } from 'fhir/r4';
import { type Audience, audienceOf, everyone, isNhsNumber, nhsNumberSystem, normaliseIdentifierSystem } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import { type SearchQuery, searchParameter } from '#fhir-search';
import { FhirStore, type Stored, type Write } from '#fhir-store';

export interface RecognisedPatient {
  id: string;
  /** The write of the person's record for a referral that this audience sees. */
  writes: (patient: Patient, audience: Audience) => Write[];
}

/** The requesting organisation's own record of a person: the one that it sent before under the same NHS number, or a new one. */
@Injectable()
export class RecognisePatient {
  constructor(private readonly store: FhirStore) {}

  async execute(patient: Patient, { caller, newId }: FhirRequest): Promise<RecognisedPatient> {
    const managing =
      caller.organisation === undefined
        ? {}
        : { managingOrganization: { reference: `Organization/${caller.organisation}` } };
    const known = await this.#known(patient, caller.organisation);
    if (known) {
      const writes = (sent: Patient, audience: Audience): Write[] => [
        {
          interaction: 'update',
          resource: { ...sent, ...managing, id: known.id },
          audience: audienceOf(...known.audience, ...audience),
          version: known.version,
        },
      ];
      return { id: known.id, writes };
    }
    const id = newId();
    return {
      id,
      writes: (sent, audience) => [{ interaction: 'create', resource: { ...sent, ...managing, id }, audience }],
    };
  }

  async #known(patient: Patient, organisation: string | undefined): Promise<Stored | undefined> {
    const number = patient.identifier?.find(bearsNhsNumber)?.value;
    const parameter = searchParameter('Patient', 'identifier');
    if (number === undefined || organisation === undefined || !parameter || !isNhsNumber(number)) return undefined;
    const query: SearchQuery = {
      type: 'Patient',
      criteria: [{ parameter, values: [{ type: 'token', value: number }] }],
      includes: [],
      sort: [],
      count: 100,
      total: 'none',
      applied: new URLSearchParams(),
    };
    const { matches } = await this.store.search(query, everyone);
    const own = matches.filter(({ content }) => {
      const { managingOrganization, identifier } = JSON.parse(content) as Patient;
      const same = identifier?.some((one) => bearsNhsNumber(one) && one.value === number) ?? false;
      return same && managingOrganization?.reference === `Organization/${organisation}`;
    });
    return own.length === 1 ? own[0] : undefined;
  }
}

function bearsNhsNumber({ system }: Identifier): boolean {
  return normaliseIdentifierSystem(system ?? '') === nhsNumberSystem;
}
