import { Injectable } from '@nestjs/common';
import type { FhirResource, Patient } from 'fhir/r4';
import { type Audience, audienceOf, error, FhirError, idIn } from '#fhir';
import { type FhirRequest, ResourceWrites } from '#fhir-server';
import { FhirStore, type Stored, type Write } from '#fhir-store';
import { deletionOf, OwnersRecords, Platform, Referrers } from '#service';
import { nhsNumbersMayBeSent, nhsNumbersPassTheirCheck } from '../domain/identity/nhs-number.js';
import { traceKept } from '../domain/identity/kept-trace.js';
import { patientEvent } from '../domain/identity/patient-change.js';
import { neverEmpty } from '../domain/never-empty.js';
import { ReferralReaders } from '../use-cases/referral-readers.js';
import { SettledLinks } from '../use-cases/identity/settled-links.js';
import { SeenReferences } from '../use-cases/seen-references.js';

/** A referring organisation has its own record of a person; a provider sees it once a referral is sent to it. */
@Injectable()
export class PatientWrites extends ResourceWrites<Patient> {
  readonly type = 'Patient';

  constructor(
    private readonly referralReaders: ReferralReaders,
    private readonly seenReferences: SeenReferences,
    private readonly store: FhirStore,
    private readonly owners: OwnersRecords,
    private readonly platform: Platform,
  ) {
    super();
  }

  async create(sent: Patient, request: FhirRequest, siblings: readonly FhirResource[]): Promise<Write[]> {
    onlyReferrers(request);
    this.#refuseNumbers(sent);
    await this.seenReferences.execute(sent, request.caller, { siblings });
    const resource = ownedBy(request.caller.organisation, sent);
    const audience = audienceOf(request.caller.organisation, ...(await this.#referredTo(resource, request, siblings)));
    return [{ interaction: 'create', resource, audience: neverEmpty(audience) }];
  }

  async update(
    sent: Patient,
    previous: Stored,
    request: FhirRequest,
    siblings: readonly FhirResource[],
  ): Promise<Write[]> {
    onlyReferrers(request);
    const before = JSON.parse(previous.content) as Patient;
    const { managingOrganization } = before;
    refuseOthers(managingOrganization, request);
    this.#refuseNumbers(sent);
    refuseNewOwner(sent, managingOrganization);
    await this.seenReferences.execute(sent, request.caller, { siblings, before });
    const links = sent.link === undefined ? await new SettledLinks(this.store).execute(before) : {};
    const known = { ...links, ...traceKept(before, sent) };
    const resource = managingOrganization ? { ...known, managingOrganization } : known;
    const audience = audienceOf(...previous.audience, ...(await this.#referredTo(resource, request, siblings)));
    const event = patientEvent(before, resource);
    const write = { interaction: 'update' as const, resource, audience, version: previous.version };
    return [{ ...write, ...(event === undefined ? {} : { event }) }];
  }

  /** A record on which nothing hangs; a person who was referred keeps his. */
  override async delete(previous: Stored, request: FhirRequest): Promise<Write[]> {
    onlyReferrers(request);
    const { managingOrganization } = JSON.parse(previous.content) as Patient;
    refuseOthers(managingOrganization, request);
    await new Referrers(this.store, this.owners).refuseReferred(previous, request.caller);
    return [deletionOf(previous)];
  }

  /** A number that is wrong, as far as the deployment looks, or of which something worse is known than that it was not traced. */
  #refuseNumbers(patient: Patient): void {
    const isStrict = this.platform.settings.nhsNumberCheck === 'error';
    const issues = [...nhsNumbersMayBeSent(patient), ...(isStrict ? nhsNumbersPassTheirCheck(patient) : [])];
    if (issues.length > 0) throw new FhirError(issues, { status: 422 });
  }

  /** Who sees each referral of this person that is written beside. */
  async #referredTo({ id }: Patient, request: FhirRequest, siblings: readonly FhirResource[]): Promise<Audience> {
    const requests = siblings.filter((one) => one.resourceType === 'ServiceRequest');
    const sent = requests.filter(({ status, subject }) => status === 'active' && idIn(subject, 'Patient') === id);
    const readers = await Promise.all(sent.map((one) => this.referralReaders.execute(one, request)));
    return readers.flat();
  }
}

function onlyReferrers({ caller }: FhirRequest): void {
  if (caller.role !== 'provider' && caller.role !== 'link-worker') return;
  throw FhirError.of('forbidden', 'A Patient record is made and changed by the organisation that refers the person.');
}

/** Whose record it is follows from who made it; a record in another's name would draw that one's messages to it. */
function ownedBy(organisation: string | undefined, patient: Patient): Patient {
  if (organisation === undefined) return patient;
  return { ...patient, managingOrganization: { reference: `Organization/${organisation}` } };
}

/** Throws where the caller is another organisation than the one that keeps the record. */
export function refuseOthers(owner: Patient['managingOrganization'], { caller }: FhirRequest): void {
  const ownerId = idIn(owner, 'Organization');
  if (ownerId === undefined || caller.organisation === undefined || ownerId === caller.organisation) return;
  throw FhirError.of('forbidden', 'A Patient record is changed by the organisation that made it.');
}

/** A client may leave the element out; what it says of it is what stands. */
function refuseNewOwner({ managingOrganization }: Patient, owner: Patient['managingOrganization']): void {
  if (managingOrganization === undefined || managingOrganization.reference === owner?.reference) return;
  throw new FhirError(
    [error('business-rule', 'Patient.managingOrganization stays as it is.', 'Patient.managingOrganization')],
    { status: 422 },
  );
}
