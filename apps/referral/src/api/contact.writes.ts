import { Injectable } from '@nestjs/common';
import type { Communication, Encounter, FhirResource } from 'fhir/r4';
import { type FhirRequest, ResourceWrites } from '#fhir-server';
import type { Stored, Write } from '#fhir-store';
import { notDeleted } from '#service';
import { KeepRecord } from '../use-cases/keep-record.js';
import { RecordContact } from '../use-cases/record-contact.js';

/** A contact is an Encounter (a call, a visit) or a Communication (a letter, a message), with its readiness as an extension. */
@Injectable()
abstract class ContactWrites<R extends Encounter | Communication> extends ResourceWrites<R> {
  constructor(
    private readonly recordContact: RecordContact,
    private readonly keepRecord: KeepRecord,
  ) {
    super();
  }

  create(resource: R, request: FhirRequest, siblings: readonly FhirResource[]): Promise<Write[]> {
    const contact = { ...resource, id: resource.id ?? request.newId() };
    const isContact = request.caller.role !== 'practice' && contact.basedOn !== undefined;
    return isContact
      ? this.recordContact.execute(contact, request, siblings)
      : this.keepRecord.create(contact, request, siblings);
  }

  update(resource: R, previous: Stored, request: FhirRequest, siblings: readonly FhirResource[]): Promise<Write[]> {
    return this.keepRecord.update(resource, previous, request, siblings);
  }

  /** A contact that counts in a referral stays in it. */
  override delete(previous: Stored, request: FhirRequest): Promise<Write[]> {
    const { basedOn } = JSON.parse(previous.content) as R;
    if (basedOn === undefined) return this.keepRecord.delete(previous, request);
    const diagnostics = 'A contact of a referral is not deleted: set its status to entered-in-error.';
    return Promise.reject(notDeleted(diagnostics));
  }
}

@Injectable()
export class EncounterWrites extends ContactWrites<Encounter> {
  readonly type = 'Encounter';
}

@Injectable()
export class CommunicationWrites extends ContactWrites<Communication> {
  readonly type = 'Communication';
}
