import { Injectable } from '@nestjs/common';
import type { Parameters, ParametersParameter, Subscription } from 'fhir/r4';
import { FhirError } from '#fhir';
import { type FhirRequest, type FhirResponse, Operation, type OperationDefinition } from '#fhir-server';
import { FhirStore } from '#fhir-store';
import { CountDeliveries, type DeliveryCounts } from '../use-cases/count-deliveries.js';

/** `Subscription/:id/$status`: how the notifications of one's own Subscription fare. */
@Injectable()
export class SubscriptionStatusOperation extends Operation {
  readonly definition: OperationDefinition = {
    code: 'status',
    title: 'State of the deliveries',
    description:
      'The status of a Subscription, how many of its notifications are pending, delivered, failed and cancelled (settled ' +
      'ones of the last 30 days), and when the last one succeeded and failed.',
    system: false,
    types: ['Subscription'],
    type: false,
    instance: true,
    methods: ['GET'],
    affectsState: false,
  };

  constructor(
    private readonly store: FhirStore,
    private readonly countDeliveries: CountDeliveries,
  ) {
    super();
  }

  async execute({ id = '', caller }: FhirRequest): Promise<FhirResponse> {
    const stored = await this.store.read('Subscription', id, caller.audience);
    if (!stored || stored.deleted) {
      throw FhirError.of('not-found', 'There is no Subscription at this address that you may see.');
    }
    const { status } = JSON.parse(stored.content) as Subscription;
    return { status: 200, resource: parametersOf(status, await this.countDeliveries.execute(id)) };
  }
}

function parametersOf(status: string, { counts, lastSuccess, lastFailure }: DeliveryCounts): Parameters {
  const parameter: ParametersParameter[] = [
    { name: 'status', valueCode: status },
    ...Object.entries(counts).map(([name, count]) => ({ name, valueUnsignedInt: count })),
  ];
  if (lastSuccess) parameter.push({ name: 'last-success', valueInstant: lastSuccess.toISOString() });
  if (lastFailure) parameter.push({ name: 'last-failure', valueInstant: lastFailure.toISOString() });
  return { resourceType: 'Parameters', parameter };
}
