// https://hl7.org/fhir/R4/composition-operation-document.html
import { Injectable } from '@nestjs/common';
import type { Binary } from 'fhir/r4';
import { type Audience, FhirError } from '#fhir';
import { type FhirRequest, type FhirResponse, Operation, type OperationDefinition } from '#fhir-server';
import { FhirStore } from '#fhir-store';

/** `GET /Composition/:id/$document`: the document as it was made, byte for byte. */
@Injectable()
export class DocumentOperation extends Operation {
  readonly definition: OperationDefinition = {
    code: 'document',
    title: 'The document of a Composition',
    description: 'The document Bundle that was stored with the Composition. Takes no parameters.',
    system: false,
    types: ['Composition'],
    type: false,
    instance: true,
    methods: ['GET'],
    affectsState: false,
  };

  constructor(private readonly store: FhirStore) {
    super();
  }

  async execute({ id = '', query, caller }: FhirRequest): Promise<FhirResponse> {
    if (query.size > 0) throw FhirError.of('not-supported', 'This operation takes no parameters but _format.');
    const composition = await this.#content('Composition', id, caller.audience);
    const binary = await this.#content('Binary', id, caller.audience);
    if (composition === undefined || binary === undefined) {
      throw FhirError.of('not-found', 'There is no Composition at this address that you may see.');
    }
    const { data = '' } = JSON.parse(binary) as Binary;
    return { status: 200, content: Buffer.from(data, 'base64').toString('utf8') };
  }

  async #content(type: string, id: string, reader: Audience): Promise<string | undefined> {
    const stored = await this.store.read(type, id, reader);
    return stored && !stored.deleted ? stored.content : undefined;
  }
}
