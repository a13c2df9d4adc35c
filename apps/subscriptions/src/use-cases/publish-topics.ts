import { Injectable } from '@nestjs/common';
import type { Basic } from 'fhir/r4';
import { FhirError, publicAudience } from '#fhir';
import { FhirStore, type Stored, type Write } from '#fhir-store';
import { Platform } from '#service';
import { topicResource } from '../domain/topic-resource.js';
import { topics } from '../domain/topics.js';

/** The topics of this release, for everybody to read; what is there unchanged stays. */
@Injectable()
export class PublishTopics {
  constructor(
    private readonly store: FhirStore,
    private readonly platform: Platform,
  ) {}

  async execute(): Promise<void> {
    const wanted = topics.map(topicResource);
    const ids = wanted.map(({ id = '' }) => ({ type: 'Basic', id }));
    const known = new Map((await this.store.readMany(ids, publicAudience)).map((one) => [one.id, one]));
    const writes = wanted.flatMap((resource) => writesOf(resource, known.get(resource.id ?? '')));
    if (writes.length === 0) return;
    const correlationId = this.platform.newId();
    try {
      await this.store.commit(writes, { agent: 'subscriptions', interaction: 'publish-topics', correlationId });
    } catch (error) {
      // Another process of this service was faster.
      if (!(error instanceof FhirError) || error.status !== 409) throw error;
    }
  }
}

function writesOf(resource: Basic, known: Stored | undefined): Write[] {
  if (!known) return [{ interaction: 'create', resource, audience: publicAudience }];
  const { meta } = JSON.parse(known.content) as Basic;
  if (isSame(JSON.parse(known.content), { ...resource, meta })) return [];
  return [{ interaction: 'update', resource, audience: publicAudience, version: known.version }];
}

/** Whatever the order of the names. */
function isSame(one: unknown, other: unknown): boolean {
  return sorted(one) === sorted(other);
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
