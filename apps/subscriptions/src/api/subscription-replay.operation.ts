import { Injectable } from '@nestjs/common';
import type { OperationOutcome } from 'fhir/r4';
import { error, FhirError } from '#fhir';
import {
  type FhirRequest,
  type FhirResponse,
  Operation,
  type OperationDefinition,
  operationParametersOf,
} from '#fhir-server';
import { FhirStore } from '#fhir-store';
import { ReplayEvents } from '../use-cases/replay-events.js';
import { rangeOf, rangeParameters } from './event-range.js';
import { onlyItsOrganisation, seenSubscription } from './own-subscription.js';

const atMost = 1_000;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** `Subscription/:id/$replay`: tells once more what was told, given up or withheld, by number or by id. */
@Injectable()
export class SubscriptionReplayOperation extends Operation {
  readonly definition: OperationDefinition = {
    code: 'replay',
    title: 'Tell again',
    description:
      'Queues notifications of the last 30 days once more, under the same ids and numbers: a range of numbers, or the ids of ' +
      'events (X-Ginnel-Event-Id); at most 1,000. Each is told as it may be read when it is sent.',
    system: false,
    types: ['Subscription'],
    type: false,
    instance: true,
    methods: ['POST'],
    affectsState: true,
    parameters: [
      ...rangeParameters,
      { name: 'eventId', use: 'in', min: 0, max: '*', type: 'id', documentation: 'The id of an event.' },
      { name: 'return', use: 'out', min: 1, max: '1', type: 'OperationOutcome', documentation: 'How many are queued.' },
    ],
  };

  constructor(
    private readonly store: FhirStore,
    private readonly replayEvents: ReplayEvents,
  ) {
    super();
  }

  async execute(request: FhirRequest): Promise<FhirResponse> {
    const parameters = operationParametersOf(request, this.definition);
    const { stored, subscription } = await seenSubscription(this.store, request);
    onlyItsOrganisation(stored, request);
    if (subscription.status === 'off') throw FhirError.of('business-rule', isOff);
    const eventIds = parameters.texts('eventId');
    const range = rangeOf(parameters);
    if (eventIds.length === 0 && range.since === undefined) throw FhirError.of('required', nothingAsked);
    if (!eventIds.every((id) => uuid.test(id))) {
      throw new FhirError([error('value', 'eventId is the X-Ginnel-Event-Id of a notification.')]);
    }
    const asked = { ...range, ...(eventIds.length > 0 ? { eventIds } : {}) };
    const count = await this.replayEvents.execute(stored.id, asked, atMost);
    return { status: 200, resource: outcome(count) };
  }
}

const isOff = 'This Subscription is off. PUT it with status requested, then ask again.';
const nothingAsked = 'Say which: eventsSinceNumber, with eventsUntilNumber where it ends, or eventId.';

function outcome(count: number): OperationOutcome {
  const diagnostics = `${String(count)} notifications are told again.`;
  return { resourceType: 'OperationOutcome', issue: [{ severity: 'information', code: 'informational', diagnostics }] };
}
