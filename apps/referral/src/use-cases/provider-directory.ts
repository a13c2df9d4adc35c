import { Injectable } from '@nestjs/common';
import type { FhirResource, HealthcareService, Organization, Reference, Schedule, ServiceRequest, Slot } from 'fhir/r4';
import { everyone, FhirError, idIn, normaliseIdentifierSystem } from '#fhir';
import { type SearchQuery, searchParameter } from '#fhir-search';
import { FhirStore, type Stored } from '#fhir-store';
import { Questions } from '#messaging';
import { OwnersRecords } from '#service';

/** Who provides what: a referral's view of the activity directory, from the followed copies, else asked of the directory. */
@Injectable()
export class ProviderDirectory {
  readonly #owners: OwnersRecords;

  constructor(
    private readonly store: FhirStore,
    questions: Questions,
  ) {
    this.#owners = new OwnersRecords(questions);
  }

  /** The activity and the organisation that a ServiceRequest names as performer; `planned` are made in the same transaction. */
  async performerOf(
    request: ServiceRequest,
    planned?: readonly Stored[],
  ): Promise<{ owner: Reference; activity?: Reference }> {
    const services = (request.performer ?? []).map((performer) => idIn(performer, 'HealthcareService'));
    const serviceId = services.find((id) => id !== undefined);
    if (serviceId !== undefined) return this.providerOf(serviceId, 'ServiceRequest.performer', planned);
    const organisations = (request.performer ?? []).map((performer) => idIn(performer, 'Organization'));
    const organisationId = organisations.find((id) => id !== undefined);
    if (organisationId === undefined) {
      throw FhirError.of(
        'required',
        'An active ServiceRequest names its performer: a HealthcareService or an Organization of the directory.',
        {
          expression: 'ServiceRequest.performer',
          status: 422,
        },
      );
    }
    await this.organisation(organisationId, 'ServiceRequest.performer', planned);
    return { owner: { reference: `Organization/${organisationId}` } };
  }

  /** The organisation that provides this HealthcareService. */
  async providerOf(
    serviceId: string,
    expression: string,
    planned?: readonly Stored[],
  ): Promise<{ owner: Reference; activity: Reference }> {
    const service = await this.#read('HealthcareService', serviceId, planned);
    const organisationId = idIn(service?.providedBy, 'Organization');
    if (!service || organisationId === undefined) {
      throw FhirError.of('not-found', `HealthcareService/${serviceId} is not in the activity directory.`, {
        expression,
        status: 422,
      });
    }
    return {
      owner: withDisplay(`Organization/${organisationId}`, service.providedBy?.display),
      activity: withDisplay(`HealthcareService/${serviceId}`, service.name),
    };
  }

  async organisation(id: string, expression: string, planned?: readonly Stored[]): Promise<Organization> {
    const organisation = await this.#read('Organization', id, planned);
    if (organisation) return organisation;
    throw FhirError.of('not-found', `Organization/${id} is not in the activity directory.`, {
      expression,
      status: 422,
    });
  }

  /** An activity of the directory, as it is known here or there. */
  async activity(id: string): Promise<HealthcareService | undefined> {
    return this.#read('HealthcareService', id);
  }

  /** A session of the directory, as it is known here or there. */
  async slot(id: string): Promise<Slot | undefined> {
    return this.#read('Slot', id);
  }

  /** The same as its owner has it at this moment: by a copy, what was closed a moment ago would still be booked. */
  async slotNow(id: string): Promise<Slot | undefined> {
    const [stored] = await this.#owners.read([{ type: 'Slot', id }], everyone);
    return stored && (JSON.parse(stored.content) as Slot);
  }

  /** Id of the activity of which this session is; its Schedule, which nobody follows, says so. */
  async activityOf({ schedule }: Slot): Promise<string | undefined> {
    const id = idIn(schedule, 'Schedule');
    const [stored] = id === undefined ? [] : await this.#owners.read([{ type: 'Schedule', id }], everyone);
    const { actor = [] } = stored && !stored.deleted ? (JSON.parse(stored.content) as Partial<Schedule>) : {};
    return actor.map((one) => idIn(one, 'HealthcareService')).find((one) => one !== undefined);
  }

  /** Id of the organisation whose session this is, as far as its Schedule names an activity of the directory. */
  async hostOf(slot: Slot): Promise<string | undefined> {
    const activityId = await this.activityOf(slot);
    const activity = activityId === undefined ? undefined : await this.activity(activityId);
    return idIn(activity?.providedBy, 'Organization');
  }

  /** The HealthcareService with this identifier, whichever way its system is spelt; throws where it is not the only one. */
  async serviceWith(identifier: { system: string; value: string }): Promise<HealthcareService | undefined> {
    const [found, ...others] = await this.#withIdentifier<HealthcareService>('HealthcareService', identifier);
    if (others.length === 0) return found;
    throw FhirError.of(
      'multiple-matches',
      'MessageHeader.destination: more than one HealthcareService of the directory bears this identifier; nothing was sent to any.',
      { expression: 'MessageHeader.destination', status: 409 },
    );
  }

  /** The one of this type with this identifier, whichever way its system is spelt; where several bear it, it tells none. */
  async theOnlyWith<R extends HealthcareService | Organization>(
    type: R['resourceType'],
    identifier: { system: string; value: string },
  ): Promise<R | undefined> {
    const [found, ...others] = await this.#withIdentifier<R>(type, identifier);
    return others.length === 0 ? found : undefined;
  }

  /** From the followed copies; where none of them bears it, its owner is asked. */
  async #withIdentifier<R extends HealthcareService | Organization>(
    type: R['resourceType'],
    { system, value }: { system: string; value: string },
  ): Promise<R[]> {
    const wanted = normaliseIdentifierSystem(system);
    const bearing = (stored: readonly Stored[]): R[] =>
      stored
        .map(({ content }) => JSON.parse(content) as R)
        .filter(({ identifier = [] }) =>
          identifier.some((one) => one.value === value && normaliseIdentifierSystem(one.system ?? '') === wanted),
        );
    const copies = bearing(await this.#copiesWith(type, value));
    if (copies.length > 0) return copies;
    return bearing(await this.#owners.pointing({ type, parameter: 'identifier', reference: value }, everyone));
  }

  async #copiesWith(type: string, value: string): Promise<Stored[]> {
    const parameter = searchParameter(type, 'identifier');
    if (!parameter) return [];
    const query: SearchQuery = {
      type,
      criteria: [{ parameter, values: [{ type: 'token', value }] }],
      includes: [],
      sort: [],
      count: 1000,
      total: 'none',
      applied: new URLSearchParams(),
    };
    return (await this.store.search(query, everyone)).matches;
  }

  async #read<T extends 'HealthcareService' | 'Organization' | 'Slot'>(
    type: T,
    id: string,
    planned: readonly Stored[] = [],
  ): Promise<Extract<FhirResource, { resourceType: T }> | undefined> {
    const beside = planned.find((one) => one.type === type && one.id === id);
    const copy = beside ?? (await this.store.read(type, id, everyone));
    // What was written a moment ago may not have been followed yet: its owner knows.
    const [stored] = copy ? [copy] : await this.#owners.read([{ type, id }], everyone);
    return stored && !stored.deleted
      ? (JSON.parse(stored.content) as Extract<FhirResource, { resourceType: T }>)
      : undefined;
  }
}

function withDisplay(reference: string, display: string | undefined): Reference {
  return { reference, ...(display === undefined ? {} : { display }) };
}
