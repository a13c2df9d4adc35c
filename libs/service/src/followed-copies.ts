import { type CloudEvent, subjectResource, subjectsOfType } from '#events';
import { ownerOf, stringifyJson } from '#fhir';
import { type FhirStore, type Stored } from '#fhir-store';
import { EventHandler, Unprocessable } from '#messaging';
import type { Session } from '#postgres';
import type { ServiceDefinition } from './service-definition.js';

/** Keeps the copies of other services' resources that a service follows. */
export class FollowedCopies extends EventHandler {
  readonly consumer: string;
  readonly subjects: readonly string[];
  override readonly announces = false;

  constructor(
    private readonly store: FhirStore,
    definition: ServiceDefinition,
  ) {
    super();
    this.consumer = `${definition.name}-follows`;
    this.subjects = definition.follows.map((type) => subjectsOfType(ownerOf(type) ?? '', type));
  }

  override goesTogether(): boolean {
    return true;
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    await this.store.follow(copyOf(event), tx);
  }
}

function copyOf(event: CloudEvent): Stored {
  const { type, id, version } = subjectResource(event.subject);
  const deleted = event.type.endsWith('-deleted.v1');
  if (event.data === undefined && !deleted) throw new Unprocessable(`The event about ${type} carries no resource.`);
  return {
    type,
    id,
    version,
    lastUpdated: new Date(event.time),
    audience: event.audience.split(','),
    deleted,
    content: deleted ? '' : stringifyJson(event.data),
  };
}
