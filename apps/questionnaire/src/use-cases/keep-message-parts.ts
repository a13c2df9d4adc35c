import { Injectable } from '@nestjs/common';
import type { Bundle, FhirResource } from 'fhir/r4';
import { type Audience, everyone, ownerOf } from '#fhir';
import { type Act, FhirStore } from '#fhir-store';
import type { Session } from '#postgres';

/** Keeps what a referral message brought for this service: observations and answers, as the sender made them. */
@Injectable()
export class KeepMessageParts {
  constructor(private readonly store: FhirStore) {}

  async execute(message: Bundle, { audience, act }: { audience: Audience; act: Act }, tx: Session): Promise<void> {
    const parts = (message.entry ?? [])
      .map(({ resource }) => resource as FhirResource | undefined)
      .filter((part) => part !== undefined && ownerOf(part.resourceType) === 'questionnaire');
    const own = parts as FhirResource[];
    const known = await this.store.readMany(
      own.map(({ resourceType: type, id = '' }) => ({ type, id })),
      everyone,
      tx,
    );
    const fresh = own.filter((part) => !known.some(({ type, id }) => type === part.resourceType && id === part.id));
    if (fresh.length === 0) return;
    await this.store.commit(
      fresh.map((resource) => ({ interaction: 'create', resource, audience })),
      act,
      tx,
    );
  }
}
