import type { FhirResource } from 'fhir/r4';
import { FhirError } from '#fhir';
import { type FhirRequest, ResourceWrites } from '#fhir-server';
import type { Stored, Write } from '#fhir-store';
import { loanIsWhole } from '../domain/loan.rule.js';
import type { KeepRecord } from '../use-cases/keep-record.js';

/** Supporting facts that need no rule of their own beyond who may see them. */
export const recordTypes = [
  'RelatedPerson',
  'CarePlan',
  'Condition',
  'EpisodeOfCare',
  'Goal',
  'Flag',
  'Device',
  'AllergyIntolerance',
  'MedicationStatement',
  'Procedure',
] as const;

export class RecordWrites extends ResourceWrites {
  constructor(
    readonly type: (typeof recordTypes)[number],
    private readonly keepRecord: KeepRecord,
  ) {
    super();
  }

  async create(resource: FhirResource, request: FhirRequest, siblings: readonly FhirResource[]): Promise<Write[]> {
    refuseHalfLoan(resource);
    return this.keepRecord.create(resource, request, siblings);
  }

  async update(
    resource: FhirResource,
    previous: Stored,
    request: FhirRequest,
    siblings: readonly FhirResource[],
  ): Promise<Write[]> {
    refuseHalfLoan(resource);
    return this.keepRecord.update(resource, previous, request, siblings);
  }

  override delete(previous: Stored, request: FhirRequest): Promise<Write[]> {
    return this.keepRecord.delete(previous, request);
  }
}

function refuseHalfLoan(resource: FhirResource): void {
  const issues = resource.resourceType === 'Device' ? loanIsWhole(resource) : [];
  if (issues.length > 0) throw new FhirError(issues, { status: 422 });
}
