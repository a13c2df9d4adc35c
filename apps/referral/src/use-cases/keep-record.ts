import { Injectable } from '@nestjs/common';
import type { FhirResource } from 'fhir/r4';
import { type Audience, audienceOf, error, FhirError, referencesIn, resourceIdOf, sees } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import { FhirStore, type Stored, type Write } from '#fhir-store';

/** What a record may hang on, the nearest first: it is seen by whoever sees that. */
const anchors = ['Task', 'ServiceRequest', 'Appointment', 'CarePlan', 'EpisodeOfCare', 'Encounter'];

/** Keeps a record about a person: seen by whoever sees what it hangs on, otherwise by its author alone. */
@Injectable()
export class KeepRecord {
  constructor(private readonly store: FhirStore) {}

  async create(resource: FhirResource, request: FhirRequest, siblings: readonly FhirResource[] = []): Promise<Write[]> {
    const audience = await this.#audienceOf(resource, request, siblings);
    return [{ interaction: 'create', resource, audience }];
  }

  /** Changed by those who made it; its audience does not change with its content. */
  update(resource: FhirResource, previous: Stored, request: FhirRequest): Promise<Write[]> {
    const before = JSON.parse(previous.content) as FhirResource;
    if (patientOf(before) !== patientOf(resource)) {
      throw new FhirError(
        [error('business-rule', 'A record stays with the person that it was made about.', resource.resourceType)],
        {
          status: 422,
        },
      );
    }
    if (!sees(request.caller.audience, previous.audience))
      throw FhirError.of('not-found', 'There is no such resource.');
    return Promise.resolve([
      { interaction: 'update', resource, audience: previous.audience, version: previous.version },
    ]);
  }

  async #audienceOf(
    resource: FhirResource,
    { caller }: FhirRequest,
    siblings: readonly FhirResource[],
  ): Promise<Audience> {
    const named = referencesIn(resource)
      .map(({ path, reference }) => ({ path, id: resourceIdOf(reference) }))
      .filter(({ id }) => id !== undefined && this.store.holds(id.type)) as {
      path: string;
      id: { type: string; id: string };
    }[];
    const local = named.filter(({ id }) => !siblings.some((one) => one.resourceType === id.type && one.id === id.id));
    const seen = await this.store.readMany(
      local.map(({ id }) => id),
      caller.audience,
    );
    const missing = local.find(({ id }) => !seen.some((one) => one.type === id.type && one.id === id.id));
    if (missing) {
      throw new FhirError([error('not-found', `${missing.path} names nothing that you may see.`, missing.path)], {
        status: 422,
      });
    }
    const anchor = anchors.map((type) => seen.find((one) => one.type === type)).find((one) => one !== undefined);
    const own = audienceOf(caller.organisation);
    return anchor?.audience ?? (own.length > 0 ? own : (seen[0]?.audience ?? ['integrator']));
  }
}

function patientOf(resource: FhirResource): string | undefined {
  const subject = 'subject' in resource ? resource.subject : 'patient' in resource ? resource.patient : undefined;
  return typeof subject === 'object' && !Array.isArray(subject) && 'reference' in subject
    ? subject.reference
    : undefined;
}
