import { Injectable } from '@nestjs/common';
import type { Bundle, Communication } from 'fhir/r4';
import { type Audience, FhirError, idIn, parseJson } from '#fhir';
import { type FhirRequest, type FhirResponse, Operation, type OperationDefinition } from '#fhir-server';
import { FhirStore } from '#fhir-store';

/** `Communication/:id/$message`: the message Bundle as it is sent, for a sender that fetches what did not reach it. */
@Injectable()
export class MessageContentOperation extends Operation {
  readonly definition: OperationDefinition = {
    code: 'message',
    title: 'The message of a Communication',
    description: 'The servicerequest-response Bundle that this Communication follows, as it is sent.',
    system: false,
    types: ['Communication'],
    type: false,
    instance: true,
    methods: ['GET'],
    affectsState: false,
  };

  constructor(private readonly store: FhirStore) {
    super();
  }

  async execute({ id = '', caller }: FhirRequest): Promise<FhirResponse> {
    const tracking = await this.#read<Communication>('Communication', id, caller.audience);
    const bundleId = idIn(tracking?.payload?.[0]?.contentReference, 'Bundle') ?? '';
    const message = (await this.#read<Bundle>('Bundle', bundleId, caller.audience))?.entry?.[0]?.resource;
    if (message === undefined) {
      throw FhirError.of('not-found', 'There is no message at this address that you may see.');
    }
    return { status: 200, resource: message as Bundle };
  }

  async #read<R>(type: string, id: string, reader: Audience): Promise<R | undefined> {
    const stored = id === '' ? undefined : await this.store.read(type, id, reader);
    return stored?.deleted === false ? (parseJson(stored.content) as R) : undefined;
  }
}
