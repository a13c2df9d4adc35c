import { Injectable } from '@nestjs/common';
import type { FhirResource } from 'fhir/r4';
import type { Caller } from '#auth';
import {
  type Audience,
  audienceOf,
  error,
  everyone,
  FhirError,
  organisationsOf,
  referencesIn,
  resourceIdOf,
  sees,
} from '#fhir';
import type { FhirRequest } from '#fhir-server';
import { FhirStore, personsIn, type Stored, type Write } from '#fhir-store';
import { actsForAll, deletionOf, notDeleted, OwnersRecords, Referrers } from '#service';
import { neverEmpty } from '../domain/never-empty.js';
import { personOf } from '../domain/person-of.js';
import { anchors, referralsNaming, siblingsNamedBy } from '../domain/riding.js';
import { elementsKept } from '../domain/same-element.js';
import { ReferralReaders } from './referral-readers.js';
import { SeenReferences } from './seen-references.js';

/** Of one resource: more than a referral ever has. */
const versionsAtMost = 1_000;

/** Keeps a record about a person: seen by whoever sees what it hangs on, otherwise by its author alone. */
@Injectable()
export class KeepRecord {
  constructor(
    private readonly store: FhirStore,
    private readonly seenReferences: SeenReferences,
    private readonly owners: OwnersRecords,
    private readonly referralReaders: ReferralReaders,
  ) {}

  async create(resource: FhirResource, request: FhirRequest, siblings: readonly FhirResource[] = []): Promise<Write[]> {
    const { caller } = request;
    const seen = await this.seenReferences.execute(resource, caller, { siblings });
    const all = [...seen, ...(await this.#tasksBeside(resource, siblings, caller))];
    const found = anchors.flatMap((type) => all.filter((one) => one.type === type));
    refuseOtherPerson(resource, found);
    const own = audienceOf(caller.organisation);
    const audience = found[0]?.audience ?? (own.length > 0 ? own : neverEmpty(seen[0]?.audience ?? []));
    const sentTo = await this.#sentTo(resource, request, siblings);
    const persons = found.flatMap(personsIn);
    return [{ interaction: 'create', resource, audience: audienceOf(...audience, ...sentTo), persons }];
  }

  /** Tasks that it names and that the same transaction moves on: they are there, and their audience with them. */
  async #tasksBeside(resource: FhirResource, siblings: readonly FhirResource[], { audience }: Caller) {
    const ids = siblingsNamedBy(resource, siblings).flatMap(({ resourceType: type, id }) =>
      type === 'Task' && id !== undefined ? [{ type, id }] : [],
    );
    return ids.length === 0 ? [] : this.store.readMany(ids, audience);
  }

  /** Changed by those who made it; its audience does not change with its content. */
  async update(
    resource: FhirResource,
    previous: Stored,
    request: FhirRequest,
    siblings: readonly FhirResource[] = [],
  ): Promise<Write[]> {
    const { caller } = request;
    if (!sees(caller.audience, previous.audience)) throw FhirError.of('not-found', 'There is no such resource.');
    await this.#onlyAuthor(previous, caller);
    const before = JSON.parse(previous.content) as FhirResource;
    refuseMoved(before, resource);
    const seen = await this.seenReferences.execute(resource, caller, { siblings, before });
    refuseOtherPerson(
      resource,
      seen.filter(({ type }) => anchors.includes(type)),
    );
    const audience = audienceOf(
      ...(await this.#stillSeeing(before, previous)),
      ...(await this.#sentTo(resource, request, siblings)),
    );
    return [{ interaction: 'update', resource, audience, version: previous.version }];
  }

  /** Without those who saw what the record hangs on and do so no more: the referral went on without them. */
  async #stillSeeing(resource: FhirResource, { audience }: Stored): Promise<Audience> {
    const named = referencesIn(resource).flatMap(({ reference }) => resourceIdOf(reference) ?? []);
    const place = anchors.map((type) => named.find((id) => id.type === type)).find((id) => id !== undefined);
    const before = organisationsOf(audience);
    const [anchor] = place === undefined ? [] : await this.store.readMany([place], everyone);
    const now = organisationsOf(anchor?.audience ?? before);
    if (anchor === undefined || before.every((one) => now.includes(one))) return before;
    const versions = await this.store.history(anchor.type, anchor.id, everyone, { count: versionsAtMost });
    const once = organisationsOf(versions.flatMap((version) => version.audience));
    return before.filter((one) => now.includes(one) || !once.includes(one));
  }

  /** Who sees the referrals of the same transaction that name it, and those that it hangs on: they are of the same person. */
  async #sentTo(resource: FhirResource, request: FhirRequest, siblings: readonly FhirResource[]): Promise<Audience> {
    const anchored = siblingsNamedBy(resource, siblings).filter(({ resourceType }) => anchors.includes(resourceType));
    refuseOtherPersons(resource, anchored);
    const requests = anchored.filter((one) => one.resourceType === 'ServiceRequest');
    const hungOn = requests.filter(({ status }) => status === 'active');
    const naming = referralsNaming(resource, siblings).filter((one) => personOf(one) === personOf(resource));
    const audiences = [...new Set([...hungOn, ...naming])].map((one) => this.referralReaders.execute(one, request));
    return (await Promise.all(audiences)).flat();
  }

  /** Ended by its author, as long as nobody else has seen it and nothing points to it: what was shared is not taken back so. */
  async delete(previous: Stored, { caller }: FhirRequest): Promise<Write[]> {
    await this.#onlyAuthor(previous, caller);
    const { type, audience } = previous;
    if (!actsForAll(caller) && organisationsOf(audience).some((organisation) => organisation !== caller.organisation)) {
      throw notDeleted(
        `Others see this ${type}: it is not deleted, but marked entered-in-error or ended by its status.`,
      );
    }
    await new Referrers(this.store, this.owners).refuseReferred(previous, caller);
    return [deletionOf(previous)];
  }

  /** The author is the organisation that made the first version; whoever else reads a record does not rewrite it. */
  async #onlyAuthor({ type, id }: Stored, caller: Caller): Promise<void> {
    if (caller.role === 'integrator' && caller.organisation === undefined) return;
    const author = await this.store.authorOf(type, id);
    if (author !== undefined && author === caller.organisation) return;
    throw FhirError.of('forbidden', `A ${type} is changed by the organisation that made it.`);
  }
}

/** A record that hangs on somebody else's referral would be read by those who help that person. */
function refuseOtherPerson(resource: FhirResource, found: readonly Stored[]): void {
  refuseOtherPersons(
    resource,
    found.map(({ content }) => JSON.parse(content) as FhirResource),
  );
}

function refuseOtherPersons(resource: FhirResource, anchored: readonly FhirResource[]): void {
  const person = personOf(resource);
  if (person === undefined) return;
  const persons = anchored.map(personOf);
  if (persons.every((other) => other === undefined || other === person)) return;
  const diagnostics = 'A record hangs on what is of the same person only.';
  throw new FhirError([error('business-rule', diagnostics, resource.resourceType)], { status: 422 });
}

/** A record stays with the person and the referral that it was made about. */
function refuseMoved(before: FhirResource, after: FhirResource): void {
  const pair = [before as MovableRecord, after as MovableRecord] as const;
  const issues = elementsKept(pair, ['subject', 'patient', 'basedOn', 'encounter'], 'stays as it was made.');
  if (issues.length > 0) throw new FhirError(issues, { status: 422 });
}

interface MovableRecord {
  resourceType: string;
  subject?: unknown;
  patient?: unknown;
  basedOn?: unknown;
  encounter?: unknown;
}
