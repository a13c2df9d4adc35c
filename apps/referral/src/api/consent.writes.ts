import { Injectable } from '@nestjs/common';
import type { Consent, FhirResource } from 'fhir/r4';
import { type FhirRequest, ResourceWrites } from '#fhir-server';
import type { Stored, Write } from '#fhir-store';
import { JudgeConsent } from '../use-cases/judge-consent.js';
import { KeepRecord } from '../use-cases/keep-record.js';

/** A record like others, that says from whom records are withheld: every service hears of it by its event. */
@Injectable()
export class ConsentWrites extends ResourceWrites<Consent> {
  readonly type = 'Consent';

  constructor(
    private readonly keepRecord: KeepRecord,
    private readonly judgeConsent: JudgeConsent,
  ) {
    super();
  }

  async create(resource: Consent, request: FhirRequest, siblings: readonly FhirResource[]): Promise<Write[]> {
    await this.judgeConsent.execute(resource, request.caller, siblings);
    return this.keepRecord.create(resource, request, siblings);
  }

  async update(
    resource: Consent,
    previous: Stored,
    request: FhirRequest,
    siblings: readonly FhirResource[],
  ): Promise<Write[]> {
    await this.judgeConsent.execute(resource, request.caller, siblings);
    return this.keepRecord.update(resource, previous, request, siblings);
  }

  override delete(previous: Stored, request: FhirRequest): Promise<Write[]> {
    return this.keepRecord.delete(previous, request);
  }
}
