import { Injectable } from '@nestjs/common';
import type { Bundle, Parameters, ParametersParameter, Subscription } from 'fhir/r4';
import { parseSearch } from '#fhir-search';
import {
  type FhirRequest,
  type FhirResponse,
  Operation,
  type OperationDefinition,
  operationParametersOf,
} from '#fhir-server';
import { FhirStore, type Stored } from '#fhir-store';
import { Platform } from '#service';
import { statusParameters } from '../domain/notification.js';
import { namesTopic } from '../domain/topics.js';
import { CountDeliveries, type DeliveryCounts } from '../use-cases/count-deliveries.js';
import { seenSubscription } from './own-subscription.js';

const atMost = 100;

/**
 * `Subscription/$status` and `Subscription/:id/$status`: how the notifications of one's own Subscriptions fare.
 * https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/OperationDefinition-backport-subscription-status.html
 */
@Injectable()
export class SubscriptionStatusOperation extends Operation {
  readonly definition: OperationDefinition = {
    code: 'status',
    title: 'State of the deliveries',
    description:
      'The status of a Subscription, how many events it had, how many of its notifications are pending, delivered, failed ' +
      'and cancelled (settled ones of the last 30 days), and when the last one succeeded and failed.',
    system: false,
    types: ['Subscription'],
    instance: true,
    methods: ['GET', 'POST'],
    affectsState: false,
    parameters: [
      {
        name: 'id',
        use: 'in',
        min: 0,
        max: '*',
        type: 'id',
        documentation: 'At the type: of these; of all unless told.',
      },
      {
        name: 'status',
        use: 'in',
        min: 0,
        max: '*',
        type: 'code',
        documentation: 'At the type: of those in this state.',
      },
      { name: 'return', use: 'out', min: 1, max: '1', type: 'Bundle', documentation: 'A searchset of Parameters.' },
    ],
  };

  constructor(
    private readonly store: FhirStore,
    private readonly countDeliveries: CountDeliveries,
    private readonly platform: Platform,
  ) {
    super();
  }

  async execute(request: FhirRequest): Promise<FhirResponse> {
    const stored =
      request.id === undefined ? await this.#asked(request) : [(await seenSubscription(this.store, request)).stored];
    const { baseUrl } = this.platform.settings;
    const entry = await Promise.all(
      stored.map(async (one) => ({
        fullUrl: `${baseUrl}/Subscription/${one.id}/$status`,
        resource: this.#state(one, await this.countDeliveries.execute(one.id)),
        search: { mode: 'match' as const },
      })),
    );
    const bundle: Bundle = { resourceType: 'Bundle', type: 'searchset', total: entry.length, entry };
    return { status: 200, resource: bundle };
  }

  async #asked(request: FhirRequest): Promise<Stored[]> {
    const parameters = operationParametersOf(request, this.definition);
    const wanted = new URLSearchParams({ _count: String(atMost) });
    const [ids, statuses] = [parameters.texts('id'), parameters.texts('status')];
    if (ids.length > 0) wanted.set('_id', ids.join(','));
    if (statuses.length > 0) wanted.set('status', statuses.join(','));
    const { query } = parseSearch('Subscription', wanted, { lenient: false });
    return [...(await this.store.search(query, request.caller.audience)).matches];
  }

  #state({ id, content }: Stored, counts: DeliveryCounts): Parameters {
    const { status, criteria, error } = JSON.parse(content) as Subscription;
    const { baseUrl } = this.platform.settings;
    const topic = namesTopic(criteria) ? criteria : undefined;
    const { events } = counts;
    const state = { baseUrl, subscriptionId: id, topic, status, type: 'query-status' as const, events, error };
    const { parameter = [], ...rest } = statusParameters(state);
    return { ...rest, parameter: [...parameter, ...countParameters(counts)] };
  }
}

/** Besides what the backport knows. */
function countParameters({ counts, lastSuccess, lastFailure }: DeliveryCounts): ParametersParameter[] {
  return [
    ...Object.entries(counts).map(([name, count]) => ({ name, valueUnsignedInt: count })),
    ...(lastSuccess ? [{ name: 'last-success', valueInstant: lastSuccess.toISOString() }] : []),
    ...(lastFailure ? [{ name: 'last-failure', valueInstant: lastFailure.toISOString() }] : []),
  ];
}
