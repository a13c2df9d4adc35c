import type { OnApplicationBootstrap, OnApplicationShutdown, OnModuleInit, Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { ownerOf, parseJson } from '#fhir';
import type { AskStoredCodes, Operation, ResourceWrites, ServedMessages } from '#fhir-server';
import { FhirStore } from '#fhir-store';
import { Consumers, type EventHandler, messagingMetrics, Relay } from '#messaging';
import type { Logger } from '#observability';
import { Database } from '#postgres';
import { AuditSealer } from './audit/audit-sealer.js';
import { FollowedCopies } from './followed-copies.js';
import { OwnersRecords } from './owners-records.js';
import { takePackagedParameters } from './packaged-parameters.js';
import { type Platform } from './platform.js';
import { FollowedReaders } from './readers/followed-readers.js';
import { RequestKeyKeeper } from './request-key-keeper.js';
import { SearchIndexKeeper } from './search-index-keeper.js';
import { heldTypes, schemaOf, type ServiceDefinition } from './service-definition.js';
import { TransactionRecovery } from './transactions/transaction-recovery.js';
import { ParticipantElsewhere } from './transactions/participant-elsewhere.js';
import { WholeEvents } from './whole-events.js';
import { ConsentsHeard } from './withholding/consents-heard.js';
import { optOutOf } from './withholding/opt-out.js';
import { WithholdingClock } from './withholding/withholding-clock.js';

/** Classes of a service that the platform calls; each is a provider of its module. */
export interface ServiceParts {
  writes?: readonly Type<ResourceWrites>[];
  /** Those that are made by a function instead of being providers. */
  moreWrites?: readonly ResourceWrites[];
  operations?: readonly Type<Operation>[];
  /** Those that are made by a function instead of being providers. */
  moreOperations?: readonly Operation[];
  handlers?: readonly Type<EventHandler>[];
  /** Of the service that stores value sets and code systems. */
  storedCodes?: Type<{ execute: AskStoredCodes }>;
  /** Of the service that takes messages. */
  messages?: Type<ServedMessages>;
}

/** One service in this process: its tables, what it shows, what it publishes and hears. */
export class Service implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  readonly database: Database;
  readonly store: FhirStore;
  readonly relay: Relay;
  readonly log: Logger;
  readonly #handlers: EventHandler[] = [];
  #wired: { moduleRef: ModuleRef; parts: ServiceParts } | undefined;
  readonly #indexKeeper: SearchIndexKeeper;
  readonly #sealer: AuditSealer;
  readonly #requestKeys: RequestKeyKeeper;
  readonly #withholdingClock: WithholdingClock;
  #consumers: Consumers | undefined;
  #recovery: TransactionRecovery | undefined;

  constructor(
    readonly definition: ServiceDefinition,
    readonly platform: Platform,
  ) {
    const { name } = definition;
    this.log = platform.logger.child({ part: name });
    this.database = new Database({
      url: platform.databaseUrl(name),
      schema: schemaOf(name),
      applicationName: `ginnel-${name}`,
      readTimeoutMs: platform.settings.queryMs,
      onError: () => {
        this.log.warn('A database connection was lost');
      },
    });
    this.relay = new Relay({
      database: this.database,
      broker: platform.broker,
      service: name,
      log: this.log,
      metrics: messagingMetrics(platform.metrics, name),
    });
    this.store = new FhirStore(this.database, {
      types: heldTypes(definition),
      follows: definition.follows,
      cursorSecret: `${platform.secret} ${name}`,
      now: platform.now,
      ...(ownerOf('Consent') === name ? { withheldBy: (consent) => optOutOf(consent).withholdings } : {}),
      onCommitted: () => {
        this.relay.wake();
      },
    });
    this.#indexKeeper = new SearchIndexKeeper(this.store.indexing, this.log);
    const { broker, now, newId } = platform;
    this.#sealer = new AuditSealer({
      broker,
      now,
      newId,
      database: this.database,
      chain: this.store.audit.chain,
      service: name,
      log: this.log,
      days: platform.settings.auditDays,
    });
    this.#requestKeys = new RequestKeyKeeper(this.store, {
      days: platform.settings.requestKeyDays,
      now: platform.now,
      log: this.log,
    });
    this.#withholdingClock = new WithholdingClock(this.store, { now: platform.now, log: this.log });
    this.#handlers.push(new ConsentsHeard(name, this.store, platform.now));
    if (definition.follows.length > 0) this.#handlers.push(new FollowedCopies(this.store, definition));
    if (definition.hanging)
      this.#handlers.push(new FollowedReaders(this.store, new OwnersRecords(platform.questions), definition));
  }

  /** Called by the service's module when it is made: what this service shows and hears. */
  wire(moduleRef: ModuleRef, parts: ServiceParts): void {
    this.#wired = { moduleRef, parts };
  }

  /** All parts are made by now. */
  onModuleInit(): void {
    if (!this.#wired) return;
    const { moduleRef, parts } = this.#wired;
    const { writes = [], moreWrites = [], operations = [], moreOperations = [], handlers = [] } = parts;
    const codes = parts.storedCodes && moduleRef.get(parts.storedCodes);
    this.platform.fhirServer.add({
      name: this.definition.name,
      store: this.store,
      writes: [...writes.map((part) => moduleRef.get(part)), ...moreWrites],
      operations: [...operations.map((part) => moduleRef.get<Operation>(part)), ...moreOperations],
      ...(codes ? { storedCodes: (asked, reader) => codes.execute(asked, reader) } : {}),
      ...(parts.messages ? { messages: moduleRef.get(parts.messages) } : {}),
    });
    this.#handlers.push(...handlers.map((part) => moduleRef.get(part)));
  }

  async onApplicationBootstrap(): Promise<void> {
    const { broker, metrics, questions } = this.platform;
    const { database, relay, log } = this;
    const owners = new OwnersRecords(questions);
    await this.#indexKeeper.start();
    await takePackagedParameters(this.platform.fhirServer.packaged('SearchParameter'), {
      name: this.definition.name,
      store: this.store,
      log,
    });
    relay.start();
    this.#sealer.start();
    this.#requestKeys.start();
    this.#consumers = new Consumers({
      database,
      broker,
      handlers: this.#handlers.map((handler) => new WholeEvents(handler, owners)),
      parse: parseJson,
      wake: () => {
        relay.wake();
      },
      metrics: messagingMetrics(metrics, this.definition.name),
      log,
    });
    await this.#consumers.start();
    this.#withholdingClock.start();
    this.#recovery = new TransactionRecovery({
      store: this.store,
      participantOf: (service) =>
        service === this.definition.name
          ? this.platform.fhirServer.participant(service)
          : new ParticipantElsewhere(questions, service),
      now: this.platform.now,
      log,
      ...this.platform.settings.transactionRecovery,
    });
    this.#recovery.start();
  }

  /** After the last request was answered. */
  async onApplicationShutdown(): Promise<void> {
    await this.#consumers?.stop();
    await this.#withholdingClock.stop();
    await this.#indexKeeper.stop();
    await this.#recovery?.stop();
    await this.relay.stop();
    await this.#sealer.stop();
    await this.#requestKeys.stop();
    await this.database.close();
  }

  /** What hears the events: for operators, once the service has started. */
  get consumers(): Consumers {
    if (!this.#consumers) throw new Error(`The ${this.definition.name} service has not started.`);
    return this.#consumers;
  }

  /** What keeps this service from working now; undefined when nothing does. */
  async problem(): Promise<string | undefined> {
    try {
      await this.database.as(['*']).query({ text: 'SELECT 1' });
      return undefined;
    } catch {
      return `The database of ${this.definition.name} does not answer.`;
    }
  }
}
