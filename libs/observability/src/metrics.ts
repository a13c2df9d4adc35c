import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface MetricsOptions {
  /** Label of every series. */
  service: string;
  /** Adds memory, event loop and garbage collection of the process; once per process. */
  process?: boolean;
}

/** Names and help of a series; labels hold codes and route patterns, never ids or values. */
export interface Series<Label extends string> {
  name: string;
  help: string;
  labels?: readonly Label[];
}

/** Prometheus metrics of one process. https://prometheus.io/docs/instrumenting/exposition_formats/ */
export class Metrics {
  readonly register = new Registry();
  readonly httpDuration: Histogram<'method' | 'route' | 'status'>;
  readonly #httpSeries = new Map<string, Histogram.Internal<'method' | 'route' | 'status'>>();

  constructor({ service, process = false }: MetricsOptions) {
    this.register.setDefaultLabels({ service });
    if (process) collectDefaultMetrics({ register: this.register });
    this.httpDuration = new Histogram({
      name: 'ginnel_http_request_duration_seconds',
      help: 'Time from the request to the end of its answer, by route pattern.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers: [this.register],
    });
  }

  /** Finding a series by its labels costs more than counting in it: each is found once. */
  observeHttp(method: string, route: string, { status, seconds }: { status: number; seconds: number }): void {
    const key = `${method} ${route} ${String(status)}`;
    let series = this.#httpSeries.get(key);
    if (!series) {
      series = this.httpDuration.labels(method, route, String(status));
      this.#httpSeries.set(key, series);
    }
    series.observe(seconds);
  }

  /** A new counter, or the one that has this name already. */
  counter<Label extends string>({ name, help, labels = [] }: Series<Label>): Counter<Label> {
    const known = this.register.getSingleMetric(name);
    if (known instanceof Counter) return known;
    return new Counter({ name, help, labelNames: [...labels], registers: [this.register] });
  }

  /** A new gauge, or the one that has this name already. */
  gauge<Label extends string>({ name, help, labels = [] }: Series<Label>): Gauge<Label> {
    const known = this.register.getSingleMetric(name);
    if (known instanceof Gauge) return known;
    return new Gauge({ name, help, labelNames: [...labels], registers: [this.register] });
  }
}
