import { randomUUID } from 'node:crypto';
import type { Bundle, FhirResource, HealthcareService, Parameters, Subscription } from 'fhir/r4';
import { type Authenticator, BearerTokens, type Issuers, type TokenClient } from '#auth';
import { FhirError } from '#fhir';
import type { FhirStore } from '#fhir-store';
import { migrateServices, type RunningService, Service, serviceUrl, type StartOptions, startService } from '#service';
import { preparedDatabase, testInfrastructure } from '#testing';
import {
  ActivityDirectoryModule,
  activityDirectoryService,
} from '../apps/activity-directory/src/activity-directory.module.js';
import { SubscriptionsModule, subscriptionsService } from '../apps/subscriptions/src/subscriptions.module.js';
import { eventually } from './eventually.js';
import { type Answer, startReceiver, type WebhookReceiver } from './webhook-receiver.js';

const clients: TokenClient[] = [
  { client: 'gp', role: 'practice', organisation: 'moor-practice', token: 'practice-token' },
  { client: 'living', role: 'provider', organisation: 'healthy-living', token: 'provider-token' },
  { client: 'gym', role: 'provider', organisation: 'green-gym', token: 'gym-token' },
  { client: 'ics', role: 'analyst', organisation: 'ics', token: 'analyst-token' },
];

/** What an issuer knows of clients, by their ids such as `gp`. */
class KnownIssuer {
  readonly suspended = new Set<string>();
  /** Clients of which it cannot be asked just now. */
  readonly unknown = new Set<string>();
  /** How often that was tried. */
  inVain = 0;

  isSuspended(client: string): Promise<boolean> {
    if (!this.unknown.has(client)) return Promise.resolve(this.suspended.has(client));
    this.inVain += 1;
    return Promise.reject(FhirError.of('transient', 'The issuer does not answer.', { status: 503 }));
  }
}

/** Bare tokens, of clients that an issuer may say are suspended. */
class SuspendableClients extends BearerTokens {
  constructor(private readonly issuer: KnownIssuer) {
    super(clients);
  }

  override get issuers(): Issuers {
    const isSuspended = (client: string): Promise<boolean> => this.issuer.isSuspended(client);
    const hasLapsed = (): Promise<boolean> => Promise.resolve(false);
    return { metadata: () => Promise.resolve(undefined), known: undefined, isSuspended, hasLapsed };
  }
}

/** How receivers are called. */
type Egress = Pick<StartOptions, 'webhookHosts' | 'egressProxy' | 'lookup' | 'limits'>;

/** Whose token a request bears. */
export type As = 'practice' | 'provider' | 'gym' | 'analyst';

export interface Sent<R> {
  status: number;
  body: R;
  text: string;
}

/** Subscriptions and the activity directory in one process, with a clock that can be put forward. */
export class SubscriptionsWorld {
  readonly #receivers: WebhookReceiver[] = [];
  #ahead = 0;
  readonly issuer = new KnownIssuer();

  private constructor(
    private readonly startProcess: (now: () => Date) => Promise<RunningService>,
    private readonly drop: () => Promise<void>,
  ) {}

  running!: RunningService;

  /** Loopback is vouched for unless told; `checks` may take other tokens beside the bare ones. */
  static async start(
    egress: Egress = { webhookHosts: ['127.0.0.1:*'] },
    checks: (bare: Authenticator) => Authenticator = (bare) => bare,
  ): Promise<SubscriptionsWorld> {
    const services = [subscriptionsService, activityDirectoryService];
    const database = await preparedDatabase('subscriptions and directory', (url) => migrateServices(url, services));
    const natsNamespace = `subs${randomUUID().slice(0, 8)}`;
    const world: SubscriptionsWorld = new SubscriptionsWorld((now) => {
      const authenticator = checks(new SuspendableClients(world.issuer));
      return startProcess({ databaseUrl: database.url, natsNamespace, now, authenticator, egress });
    }, database.drop);
    world.running = await world.startAnother();
    return world;
  }

  /** One more process of the same services. */
  startAnother(): Promise<RunningService> {
    return this.startProcess(() => this.now());
  }

  now(): Date {
    return new Date(Date.now() + this.#ahead);
  }

  putForward(ms: number): void {
    this.#ahead += ms;
  }

  async stop(): Promise<void> {
    await this.running.stop();
    await this.drop();
  }

  async send<R = FhirResource>(
    as: As,
    method: string,
    path: string,
    { body, headers = {} }: { body?: object; headers?: Record<string, string> } = {},
  ): Promise<Sent<R>> {
    const answer = await fetch(`${this.running.url}/fhir${path}`, {
      method,
      headers: {
        prefer: 'return=representation',
        authorization: `Bearer ${as}-token`,
        ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, text, body: JSON.parse(text) as R };
  }

  async receiver(answer?: Answer): Promise<WebhookReceiver> {
    const started = await startReceiver(answer);
    this.#receivers.push(started);
    return started;
  }

  /** Nobody who listens now is told of the next test. */
  async silence(): Promise<void> {
    for (const as of ['practice', 'gym'] as const) {
      const { body } = await this.send<Bundle<Subscription>>(as, 'GET', '/Subscription?status=active');
      for (const { resource } of body.entry ?? []) if (resource) await this.turnOff(as, resource);
    }
    await Promise.all(this.#receivers.splice(0).map((receiver) => receiver.stop()));
  }

  async subscribe(as: As, subscription: Subscription): Promise<Subscription> {
    const { status, body } = await this.send<Subscription>(as, 'POST', '/Subscription', { body: subscription });
    expect([status, body.status]).toEqual([201, 'active']);
    return body;
  }

  async turnOff(as: As, subscription: Subscription): Promise<void> {
    const off = { ...subscription, status: 'off' };
    await this.send(as, 'PUT', `/Subscription/${subscription.id ?? ''}`, { body: off });
  }

  async addActivity(name: string, headers: Record<string, string> = {}): Promise<Sent<HealthcareService>> {
    return this.send<HealthcareService>('provider', 'POST', '/HealthcareService', { body: activity(name), headers });
  }

  async statusOf({ id }: Subscription): Promise<Record<string, unknown>> {
    const { body } = await this.send<Bundle<Parameters>>('practice', 'GET', `/Subscription/${id ?? ''}/$status`);
    return Object.fromEntries(
      (body.entry?.[0]?.resource?.parameter ?? []).map(
        ({ name, valueCode, valueUnsignedInt, valueInstant, valueString }) => [
          name,
          valueCode ?? valueUnsignedInt ?? valueInstant ?? valueString,
        ],
      ),
    );
  }

  /** Asks until the Subscription's state is as wished. */
  async eventually(subscription: Subscription, wished: Record<string, unknown>): Promise<void> {
    const status = await eventually(
      () => this.statusOf(subscription),
      (now) => isAs(now, wished),
    );
    expect(status).toMatchObject(wished);
  }

  /** Asks until a call has failed. */
  async eventuallyFails(subscription: Subscription): Promise<void> {
    const status = await eventually(
      () => this.statusOf(subscription),
      (answer) => answer['last-failure'] !== undefined,
    );
    expect(status).toHaveProperty('last-failure');
  }

  service(name: string): Service {
    const services = this.running.app.get(Service, { strict: false, each: true });
    const found = services.find(({ definition }) => definition.name === name);
    if (!found) throw new Error(`${name} is not running.`);
    return found;
  }

  get directory(): FhirStore {
    return this.service('activity-directory').store;
  }
}

export function subscriptionTo(endpoint: string, more: Partial<Subscription> = {}): Subscription {
  return {
    resourceType: 'Subscription',
    status: 'requested',
    reason: 'Hear of activities',
    criteria: 'HealthcareService',
    channel: { type: 'rest-hook', endpoint, payload: 'application/fhir+json' },
    ...more,
  };
}

export function activity(name: string): HealthcareService {
  return {
    resourceType: 'HealthcareService',
    active: true,
    providedBy: { reference: 'Organization/healthy-living' },
    name,
  };
}

export function namesIn(received: readonly { body: string }[]): (string | undefined)[] {
  return received.map(({ body }) => (body === '' ? undefined : (JSON.parse(body) as HealthcareService).name));
}

function startProcess(options: {
  databaseUrl: string;
  natsNamespace: string;
  now: () => Date;
  authenticator: Authenticator;
  egress: Egress;
}): Promise<RunningService> {
  const { natsUrl, natsMonitorUrl } = testInfrastructure();
  const { databaseUrl, natsNamespace, now, authenticator, egress } = options;
  return startService({
    name: 'subscriptions-test',
    modules: [SubscriptionsModule, ActivityDirectoryModule],
    host: '127.0.0.1',
    port: 0,
    baseUrl: 'http://ginnel.test/fhir',
    databaseUrl: (service) => serviceUrl(databaseUrl, service),
    natsUrl,
    natsMonitorUrl,
    natsNamespace,
    authenticator,
    secret: 'the secret of the subscriptions test',
    logLevel: 'silent',
    ...egress,
    now,
  });
}

function isAs(status: Record<string, unknown>, wished: Record<string, unknown>): boolean {
  return Object.entries(wished).every(([name, value]) => status[name] === value);
}
