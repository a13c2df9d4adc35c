import { Injectable } from '@nestjs/common';
import type { FhirResource, HealthcareService, Organization, Reference, ServiceRequest, Slot } from 'fhir/r4';
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

  /** The activity and the organisation that a ServiceRequest names as performer. */
  async performerOf(request: ServiceRequest): Promise<{ owner: Reference; activity?: Reference }> {
    const services = (request.performer ?? []).map((performer) => idIn(performer, 'HealthcareService'));
    const serviceId = services.find((id) => id !== undefined);
    if (serviceId !== undefined) return this.providerOf(serviceId, 'ServiceRequest.performer');
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
    await this.organisation(organisationId, 'ServiceRequest.performer');
    return { owner: { reference: `Organization/${organisationId}` } };
  }

  /** The organisation that provides this HealthcareService. */
  async providerOf(serviceId: string, expression: string): Promise<{ owner: Reference; activity: Reference }> {
    const service = await this.#read('HealthcareService', serviceId);
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

  async organisation(id: string, expression: string): Promise<Organization> {
    const organisation = await this.#read('Organization', id);
    if (organisation) return organisation;
    throw FhirError.of('not-found', `Organization/${id} is not in the activity directory.`, {
      expression,
      status: 422,
    });
  }

  /** A session of the directory, as it is known here or there. */
  async slot(id: string): Promise<Slot | undefined> {
    return this.#read('Slot', id);
  }

  /** The HealthcareService with this identifier, whichever way its system is spelt. */
  async serviceWith(identifier: { system: string; value: string }): Promise<HealthcareService | undefined> {
    const wanted = normaliseIdentifierSystem(identifier.system);
    const found = await this.#withIdentifier('HealthcareService', identifier.value);
    const fits = found
      .map(({ content }) => JSON.parse(content) as HealthcareService)
      .filter((service) =>
        service.identifier?.some(
          ({ system, value }) => value === identifier.value && normaliseIdentifierSystem(system ?? '') === wanted,
        ),
      );
    return fits[0];
  }

  /** The Organization with this identifier, whichever way its system is spelt. */
  async organisationWith(identifier: { system: string; value: string }): Promise<Organization | undefined> {
    const wanted = normaliseIdentifierSystem(identifier.system);
    const found = await this.#withIdentifier('Organization', identifier.value);
    return found
      .map(({ content }) => JSON.parse(content) as Organization)
      .find((organisation) =>
        organisation.identifier?.some(
          ({ system, value }) => value === identifier.value && normaliseIdentifierSystem(system ?? '') === wanted,
        ),
      );
  }

  async #withIdentifier(type: string, value: string): Promise<Stored[]> {
    const parameter = searchParameter(type, 'identifier');
    if (!parameter) return [];
    const query: SearchQuery = {
      type,
      criteria: [{ parameter, values: [{ type: 'token', value }] }],
      includes: [],
      sort: [],
      count: 20,
      total: 'none',
      applied: new URLSearchParams(),
    };
    const { matches } = await this.store.search(query, everyone);
    return matches.length > 0 ? matches : this.#owners.pointing({ type, parameter: 'identifier', reference: value });
  }

  async #read<T extends 'HealthcareService' | 'Organization' | 'Slot'>(
    type: T,
    id: string,
  ): Promise<Extract<FhirResource, { resourceType: T }> | undefined> {
    const copy = await this.store.read(type, id, everyone);
    // What was written a moment ago may not have been followed yet: its owner knows.
    const [stored] = copy ? [copy] : await this.#owners.read([{ type, id }]);
    return stored && !stored.deleted
      ? (JSON.parse(stored.content) as Extract<FhirResource, { resourceType: T }>)
      : undefined;
  }
}

function withDisplay(reference: string, display: string | undefined): Reference {
  return { reference, ...(display === undefined ? {} : { display }) };
}
