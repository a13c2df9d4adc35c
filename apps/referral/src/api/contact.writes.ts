import { Injectable } from '@nestjs/common';
import type { Communication, Encounter, FhirResource } from 'fhir/r4';
import { FhirError } from '#fhir';
import { type FhirRequest, ResourceWrites } from '#fhir-server';
import type { Stored, Write } from '#fhir-store';
import { notDeleted } from '#service';
import { followsAMessage } from '../domain/feedback/tracking.js';
import { contactSays } from '../domain/contact-says.js';
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
    return isProviders(contact, request)
      ? this.recordContact.execute({ contact }, request, siblings)
      : this.keepRecord.create(contact, request, siblings);
  }

  async update(
    resource: R,
    previous: Stored,
    request: FhirRequest,
    siblings: readonly FhirResource[],
  ): Promise<Write[]> {
    const issues = isKept(resource) ? contactSays(resource, request.now) : [];
    if (issues.length > 0) throw new FhirError(issues, { status: 422 });
    return isProviders(resource, request)
      ? this.recordContact.execute({ contact: resource, previous }, request, siblings)
      : this.keepRecord.update(resource, previous, request, siblings);
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

  override create(resource: Communication, request: FhirRequest, siblings: readonly FhirResource[]): Promise<Write[]> {
    if (followsAMessage(resource)) return Promise.reject(ofGinnelAlone());
    return super.create(resource, request, siblings);
  }

  override update(
    resource: Communication,
    previous: Stored,
    request: FhirRequest,
    siblings: readonly FhirResource[],
  ): Promise<Write[]> {
    const before = JSON.parse(previous.content) as Communication;
    if (followsAMessage(before) || followsAMessage(resource)) return Promise.reject(ofGinnelAlone());
    return super.update(resource, previous, request, siblings);
  }

  override delete(previous: Stored, request: FhirRequest): Promise<Write[]> {
    if (followsAMessage(JSON.parse(previous.content) as Communication)) return Promise.reject(ofGinnelAlone());
    return super.delete(previous, request);
  }
}

/** By these Ginnel sends messages and proves that they came: written by others they would send what is not theirs. */
function ofGinnelAlone(): FhirError {
  const diagnostics = 'A Communication of this category follows a message, and Ginnel alone writes it.';
  return FhirError.of('forbidden', diagnostics, { expression: 'Communication.category' });
}

/** Of a referral, by who works on it: one that its practice writes is a record beside it. */
function isProviders({ basedOn }: Encounter | Communication, { caller }: FhirRequest): boolean {
  return caller.role !== 'practice' && basedOn !== undefined;
}

/** Not taken back as an error: what is wrong may be marked so, whatever it leaves out. */
function isKept({ status }: Encounter | Communication): boolean {
  return status !== 'entered-in-error';
}
