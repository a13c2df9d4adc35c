import type { Metrics } from '#observability';

/** Outcome of one delivery to a consumer. */
export type Outcome = 'applied' | 'passed' | 'known' | 'stale' | 'gap' | 'retried' | 'parked';

/** What messaging counts; labels are names and codes, never ids. */
export interface MessagingMetrics {
  published(count: number): void;
  publishFailed(count: number): void;
  handled(consumer: string, outcome: Outcome): void;
  parked(consumer: string, reason: string): void;
  /** Messages that the stream holds for this consumer and that were not delivered yet. */
  lag(consumer: string, pending: number): void;
}

export const noMetrics: MessagingMetrics = {
  published: () => undefined,
  publishFailed: () => undefined,
  handled: () => undefined,
  parked: () => undefined,
  lag: () => undefined,
};

/** The counts as series of a process's metrics. `publisher` tells the services of one process apart. */
export function messagingMetrics(metrics: Metrics, publisher: string): MessagingMetrics {
  const published = metrics.counter({
    name: 'ginnel_events_published_total',
    help: 'Events that the broker acknowledged, and those that it did not.',
    labels: ['publisher', 'outcome'],
  });
  const handled = metrics.counter({
    name: 'ginnel_events_handled_total',
    help: 'Deliveries by consumer and what became of them.',
    labels: ['consumer', 'outcome'],
  });
  const parked = metrics.counter({
    name: 'ginnel_events_parked_total',
    help: 'Events put aside for an operator, by consumer and reason.',
    labels: ['consumer', 'reason'],
  });
  const lag = metrics.gauge({
    name: 'ginnel_consumer_lag',
    help: 'Events in the stream that a consumer was not given yet.',
    labels: ['consumer'],
  });
  return {
    published: (count) => {
      published.inc({ publisher, outcome: 'acknowledged' }, count);
    },
    publishFailed: (count) => {
      published.inc({ publisher, outcome: 'failed' }, count);
    },
    handled: (consumer, outcome) => {
      handled.inc({ consumer, outcome });
    },
    parked: (consumer, reason) => {
      parked.inc({ consumer, reason });
    },
    lag: (consumer, pending) => {
      lag.set({ consumer }, pending);
    },
  };
}
