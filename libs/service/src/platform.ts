import type { LookupFunction } from 'node:net';
import type { Authenticator } from '#auth';
import type { ServiceName } from '#fhir';
import type { FhirServer } from '#fhir-server';
import type { Broker, Questions } from '#messaging';
import type { Logger, Metrics } from '#observability';

/** What the services of one process share. */
export class Platform {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly broker: Broker;
  readonly questions: Questions;
  readonly fhirServer: FhirServer;
  readonly authenticator: Authenticator;
  readonly now: () => Date;
  readonly newId: () => string;
  /** Database address of a service's own login. */
  readonly databaseUrl: (service: ServiceName) => string;
  readonly secret: string;
  readonly settings: PlatformSettings;

  constructor(parts: Omit<Platform, never>) {
    this.logger = parts.logger;
    this.metrics = parts.metrics;
    this.broker = parts.broker;
    this.questions = parts.questions;
    this.fhirServer = parts.fhirServer;
    this.authenticator = parts.authenticator;
    this.now = parts.now;
    this.newId = parts.newId;
    this.databaseUrl = parts.databaseUrl;
    this.secret = parts.secret;
    this.settings = parts.settings;
  }
}

/** Choices of the operator that use cases ask for. */
export interface PlatformSettings {
  baseUrl: string;
  nhsNumberCheck: 'warn' | 'error';
  webhookHosts: readonly string[];
  /** The proxy through which everything is called that is called out; none unless told. */
  egressProxy?: string;
  /** How a receiver's name becomes addresses; the system's way unless told. */
  lookup?: LookupFunction;
  /** Milliseconds that PostgreSQL works on one statement of a reader. */
  queryMs: number;
  /** Subscriptions of one organisation that are not off. */
  subscriptionsAtMost: number;
  /** JSON file of the register of people; none unless told. */
  registerFile?: string;
  /** How long audit entries are kept. */
  auditDays: number;
  /** How long it is known that a request was answered. */
  requestKeyDays: number;
  /** How soon transactions that were left open are looked after; usually ten seconds. */
  transactionRecovery?: { afterMs: number; everyMs: number };
}
