import { Injectable } from '@nestjs/common';
import type { Caller } from '#auth';
import { FhirError } from '#fhir';
import { FhirStore, type Stored } from '#fhir-store';

/** Whoever else reads answers does not rewrite them: the author is the organisation that made their first version. */
@Injectable()
export class OnlyAuthor {
  constructor(private readonly store: FhirStore) {}

  /** Throws where the caller is another one; an integrator without an organisation acts for all. */
  async execute({ type, id }: Stored, { role, organisation }: Caller): Promise<void> {
    if (role === 'integrator' && organisation === undefined) return;
    const author = await this.store.authorOf(type, id);
    if (author !== undefined && author === organisation) return;
    throw FhirError.of('forbidden', `A ${type} is changed by the organisation that made it.`);
  }
}
