import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { ServiceName } from '#fhir';
import { migrateServices, schemaOf, serviceUrl } from '#service';
import { tokenOf } from '../../../apps/sandbox/src/sandbox-clients.js';
import { definitions } from '../../../apps/sandbox/src/sandbox.module.js';
import { seed } from '../../../apps/sandbox/src/seed.js';
import { Child } from '../child.js';
import type { ServiceOptions } from './service-options.js';

export const services = ['referral', 'activity-directory', 'questionnaire'] as const satisfies ServiceName[];

export interface Answer {
  status: number;
  body: unknown;
}

export interface ServersOfServices {
  adminUrl: string;
  natsUrl: string;
  natsMonitorUrl: string;
}

/** The services of one installation, each a process of its own that can be killed and started again. */
export class Services {
  readonly #namespace = `faults-${randomUUID().slice(0, 8)}`;
  readonly #secret = randomUUID();
  readonly #running = new Map<ServiceName, { child: Child; url: string }>();

  private constructor(private readonly servers: ServersOfServices) {}

  static async start(servers: ServersOfServices): Promise<Services> {
    await migrateServices(servers.adminUrl, definitions);
    await seed(servers.adminUrl, definitions);
    const started = new Services(servers);
    await Promise.all(services.map((service) => started.#start(service)));
    return started;
  }

  /** From now on it ends itself at this moment. */
  async killAt(service: ServiceName, moment: string): Promise<void> {
    const { child } = this.#of(service);
    child.tell(moment);
    await child.said(`heard ${moment}`);
  }

  /** Waits until it has ended itself, and starts it again, to be ended at another moment where there is one. */
  async again(service: ServiceName, killAt?: string): Promise<void> {
    await this.#of(service).child.endsWithin(60_000);
    await this.#start(service, killAt);
  }

  /** As the integrator. Throws where the service dies under it. */
  async send(service: ServiceName, path: string, body?: object): Promise<Answer> {
    const answer = await fetch(`${this.#of(service).url}/fhir${path}`, {
      headers: {
        authorization: `Bearer ${tokenOf(this.#secret, 'integrator')}`,
        'content-type': 'application/fhir+json',
      },
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
    });
    return { status: answer.status, body: await answer.json() };
  }

  /** Rows of a service's tables, read as the superuser. */
  async rows(service: ServiceName, query: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: this.servers.adminUrl });
    await client.connect();
    try {
      await client.query(`SET search_path TO ${schemaOf(service)}`);
      return (await client.query<Record<string, unknown>>(query)).rows;
    } finally {
      await client.end();
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ child }) => child.kill()));
  }

  async #start(service: ServiceName, killAt?: string): Promise<void> {
    const { adminUrl, natsUrl, natsMonitorUrl } = this.servers;
    const options: ServiceOptions = {
      service,
      databaseUrl: serviceUrl(adminUrl, service),
      natsUrl,
      natsMonitorUrl,
      namespace: this.#namespace,
      secret: this.#secret,
      ...(killAt === undefined ? {} : { killAt }),
    };
    const child = new Child('transactions/service-process', options);
    this.#running.set(service, { child, url: '' });
    // One that is to end itself may do so before it listens: what was left open is looked after first.
    const listening = child.line('listening').catch((error: unknown) => {
      if (killAt === undefined) throw error;
      return '';
    });
    const [, url = ''] = (await listening).split(' ');
    this.#running.set(service, { child, url });
  }

  #of(service: ServiceName): { child: Child; url: string } {
    const running = this.#running.get(service);
    if (!running) throw new Error(`${service} is not one of the services of these rounds.`);
    return running;
  }
}
