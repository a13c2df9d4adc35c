import { randomUUID } from 'node:crypto';
import { BearerTokens, type Caller, type Role, type TokenClient } from '#auth';
import { ownerOf } from '#fhir';
import { type RunningService, Service, serviceUrl, startService } from '#service';
import type { Write } from '#fhir-store';
import { type FreshDatabase, testInfrastructure } from '#testing';
import { modules } from '../../apps/sandbox/src/sandbox.module.js';
import { migratedDatabase } from '../prepared.js';
import type { Version } from './records.js';

/** Who asks; each acts for the organisation of the same name. */
export const roles = {
  'north-practice': 'practice',
  'south-practice': 'practice',
  'east-provider': 'provider',
  'west-provider': 'provider',
  'figures-office': 'analyst',
} as const satisfies Record<string, Role>;
export type Actor = keyof typeof roles;
export const actors = Object.keys(roles) as Actor[];

export function callerOf(actor: Actor): Caller {
  return { client: actor, role: roles[actor], organisation: actor, audience: [actor, 'public'] };
}

export interface Question {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `[base]`. */
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

export interface Heard {
  status: number;
  text: string;
  headers: Headers;
}

const base = 'http://ginnel.test/fhir';

/** All services in one process, and what several organisations hold in them. */
export class WatchedWorld {
  private constructor(
    private readonly database: FreshDatabase,
    private readonly running: RunningService,
  ) {}

  /** The administrator's address. */
  get databaseUrl(): string {
    return this.database.url;
  }

  /** With more clients than the actors, if told; their tokens are made like those. */
  static async start(more: readonly Omit<TokenClient, 'token'>[] = []): Promise<WatchedWorld> {
    const { natsUrl, natsMonitorUrl } = testInfrastructure();
    const database = await migratedDatabase();
    const usual = actors.map((client) => ({ client, role: roles[client], organisation: client }));
    const clients = [...usual, ...more].map((each) => ({ ...each, token: tokenOf(each.client) }));
    const running = await startService({
      ...{ name: 'watched', modules, host: '127.0.0.1', port: 0, baseUrl: base },
      databaseUrl: (service) => serviceUrl(database.url, service),
      ...{ natsUrl, natsMonitorUrl, natsNamespace: `leaks${randomUUID().slice(0, 8)}` },
      authenticator: new BearerTokens(clients),
      ...{ secret: 'the secret of a watched world', logLevel: 'silent' },
    });
    return new WatchedWorld(database, running);
  }

  /** Puts versions where they are stored, each with its audience: later ones of a resource after earlier ones. */
  async keep(versions: readonly Version[]): Promise<void> {
    const services = this.running.app.get<Service, Service>(Service, { strict: false, each: true });
    for (const version of versions) {
      const owner = services.find(({ definition }) => definition.name === ownerOf(version.resource.resourceType));
      await owner?.store.commit([writeOf(version)], { agent: 'test', interaction: 'create', correlationId: 'leaks' });
    }
  }

  async ask(actor: string, { method = 'GET', path, headers = {}, body }: Question): Promise<Heard> {
    const answer = await fetch(`${this.running.url}/fhir/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${tokenOf(actor)}`,
        ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  }

  /** The answer, and those pages that its links lead to, as far as told. */
  async askPages(actor: string, question: Question, most: number): Promise<Heard[]> {
    const first = await this.ask(actor, question);
    const heard = [first];
    for (let next = nextIn(first); next !== undefined && heard.length < most;) {
      const page = await this.ask(actor, { path: next });
      heard.push(page);
      next = nextIn(page);
    }
    return heard;
  }

  async stop(): Promise<void> {
    await this.running.stop();
    await this.database.drop();
  }
}

function writeOf({ resource, number, audience, deleted }: Version): Write {
  const { resourceType: type, id = '' } = resource;
  if (deleted) return { interaction: 'delete', type, id, version: number - 1, audience };
  if (number === 1) return { interaction: 'create', resource, audience };
  return { interaction: 'update', resource, audience, version: number - 1 };
}

function tokenOf(actor: string): string {
  return `token-of-${actor}-for-tests`;
}

/** Where the next page is, below `[base]`. */
export function nextIn({ text }: Pick<Heard, 'text'>): string | undefined {
  const url = /"relation":"next","url":"([^"]+)"/.exec(text)?.[1];
  return url?.slice(base.length + 1);
}
