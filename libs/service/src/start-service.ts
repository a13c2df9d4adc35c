import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { type Authenticator, refuseUnnamedRoute } from '#auth';
import { type ServiceName } from '#fhir';
import { FhirServer, fastifyOptions, type Limits, type TransactionOptions, usualLimits } from '#fhir-server';
import { AnswerErrors, Broker, Questions, questionsTransport } from '#messaging';
import { createLogger, type LogLevel, Metrics, NestLogger } from '#observability';
import { recordsAcross } from './audit/records-questions.js';
import { codesAcross } from './codes-question.js';
import { mountHealth } from './health.js';
import { historyAcross } from './history-question.js';
import { askOwner } from './interact-question.js';
import { loadedPackages } from './loaded-packages.js';
import { Platform, type PlatformSettings } from './platform.js';
import { resolveAcross } from './read-question.js';
import { searchAcross } from './search-across.js';
import { releasedVersion } from './released-version.js';
import { mountSecurityTxt, type SecurityContact } from './security-txt.js';
import { Service } from './service.js';
import { PlatformModule } from './service.module.js';
import { ParticipantElsewhere } from './transactions/participant-elsewhere.js';

export interface StartOptions {
  /** Name of the process in logs, metrics and the broker. */
  name: string;
  /** The services' modules: one in a deployment, all of them in the sandbox. */
  modules: readonly Type[];
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** `[base]` as callers know it; with port 0 the address that was taken. */
  baseUrl?: string;
  databaseUrl: (service: ServiceName) => string;
  natsUrl: string;
  natsMonitorUrl?: string;
  /** The operator's word for sync_interval: always. */
  natsSyncAsserted?: boolean;
  natsNamespace?: string;
  authenticator: Authenticator;
  secret: string;
  logLevel: LogLevel;
  nhsNumberCheck?: 'warn' | 'error';
  /** How long audit entries are kept; ten years unless told. */
  auditDays?: number;
  /** How long it is known that a request was answered; 90 unless told. */
  requestKeyDays?: number;
  webhookHosts?: readonly string[];
  /** JSON file of the register of people; none unless told. */
  registerFile?: string;
  /** The proxy through which webhooks are called; none unless told. */
  egressProxy?: string;
  /** How a receiver's name becomes addresses; the system's way unless told. */
  lookup?: PlatformSettings['lookup'];
  /** The usual ones unless told. */
  limits?: Partial<Limits>;
  /** Origins of the pages that browsers let call; none unless told. */
  origins?: readonly string[];
  /** Addresses and networks of the proxies whose X-Forwarded-For is believed; none unless told. */
  trustedProxies?: readonly string[];
  /** Whom to tell of a weakness: security.txt. Not served unless told. */
  security?: SecurityContact;
  /** Folders and .tgz files of FHIR packages. */
  packages?: readonly string[];
  /** Adds addresses besides the services' own, and hooks before them. */
  routes?: (fastify: FastifyInstance) => void;
  /** How long a transaction's answer waits for its owners, and moments at which a test ends the process. */
  transactions?: Omit<TransactionOptions, 'participantElsewhere'>;
  /** How soon transactions that were left open are looked after. */
  transactionRecovery?: PlatformSettings['transactionRecovery'];
  now?: () => Date;
  newId?: () => string;
}

export interface RunningService {
  /** http://host:port */
  url: string;
  app: NestFastifyApplication;
  platform: Platform;
  /** Answers what is on its way, ends consumers and relay, closes connections. A second call waits for the first. */
  stop: () => Promise<void>;
}

/** Starts the services of one process behind one HTTP port. */
export async function startService(options: StartOptions): Promise<RunningService> {
  const platform = await platformOf(options);
  const adapter = new FastifyAdapter(fastifyOptions({ ...options, newId: platform.newId }));
  const app = await NestFactory.create<NestFastifyApplication>(rootModule(platform, options.modules), adapter, {
    logger: new NestLogger(
      platform.logger.child({}, { level: options.logLevel === 'info' ? 'warn' : options.logLevel }),
    ),
    abortOnError: false,
    bodyParser: false,
  });
  let stopping: Promise<void> | undefined;
  app.useGlobalFilters(new AnswerErrors());
  app.connectMicroservice(questionsTransport(questionsOptions(options)), { inheritAppConfig: true });
  // The services add their faces when they are initialised; routes are made from them.
  await app.init();
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRoute', ({ path }) => {
    refuseUnnamedRoute(path);
  });
  mountHealth(fastify, platform, {
    services: servicesOf(app),
    stopping: () => stopping !== undefined,
  });
  mountSecurityTxt(fastify, { security: options.security, baseUrl: platform.settings.baseUrl, now: platform.now });
  // Before the FHIR face: a scope has the hooks that stood when it was opened.
  options.routes?.(fastify);
  platform.fhirServer.mount(fastify);
  const stop = async (): Promise<void> => {
    await app.close();
    await platform.questions.close();
    await platform.broker.close();
  };
  try {
    await app.startAllMicroservices();
    await app.listen(options.port, options.host);
  } catch (error) {
    // The services have begun to work by now: they must not outlive a port that somebody else has.
    await stop();
    throw error;
  }
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { url: `http://${options.host}:${String(port)}`, app, platform, stop: () => (stopping ??= stop()) };
}

async function platformOf(options: StartOptions): Promise<Platform> {
  const { name, natsUrl, natsMonitorUrl, natsSyncAsserted, natsNamespace } = options;
  const { now = () => new Date(), newId = randomUUID, authenticator, secret, databaseUrl } = options;
  const logger = createLogger({ level: options.logLevel, service: name });
  const packages = await loadedPackages(options.packages ?? [], logger);
  const metrics = new Metrics({ service: name, process: true });
  const broker = await Broker.connect({
    url: natsUrl,
    name: `ginnel-${name}`,
    log: logger,
    ...(natsMonitorUrl === undefined ? {} : { monitorUrl: natsMonitorUrl }),
    ...(natsSyncAsserted === undefined ? {} : { assertSync: natsSyncAsserted }),
    ...(natsNamespace === undefined ? {} : { namespace: natsNamespace }),
  });
  const questions = new Questions(questionsOptions(options));
  const baseUrl = options.baseUrl ?? `http://${options.host}:${String(options.port)}/fhir`;
  const fhirServer = new FhirServer({
    baseUrl,
    authenticator,
    now,
    newId,
    logger,
    metrics,
    resolveAcross: resolveAcross(questions),
    searchAcross: searchAcross(questions),
    askOwner: askOwner(questions),
    historyAcross: historyAcross(questions),
    recordsAcross: recordsAcross(questions),
    codesAcross: codesAcross(questions),
    cursorSecret: secret,
    ...(options.limits ? { limits: options.limits } : {}),
    origins: options.origins ?? [],
    transactions: {
      ...options.transactions,
      participantElsewhere: (service) => new ParticipantElsewhere(questions, service, options.transactions?.patienceMs),
    },
    packages,
    version: releasedVersion(),
  });
  return new Platform({
    logger,
    metrics,
    broker,
    questions,
    fhirServer,
    authenticator,
    now,
    newId,
    databaseUrl,
    secret,
    settings: settingsOf(options, baseUrl),
  });
}

function settingsOf(options: StartOptions, baseUrl: string): PlatformSettings {
  const { nhsNumberCheck = 'warn', auditDays = 3_650, requestKeyDays = 90, webhookHosts = [] } = options;
  const { transactionRecovery, egressProxy, lookup, registerFile } = options;
  const more = {
    ...(transactionRecovery ? { transactionRecovery } : {}),
    ...(registerFile === undefined ? {} : { registerFile }),
    ...(egressProxy === undefined ? {} : { egressProxy }),
    ...(lookup ? { lookup } : {}),
  };
  const { queryMs, subscriptions: subscriptionsAtMost } = { ...usualLimits, ...options.limits };
  const limited = { queryMs, subscriptionsAtMost };
  return { baseUrl, nhsNumberCheck, auditDays, requestKeyDays, webhookHosts, ...limited, ...more };
}

function rootModule(platform: Platform, modules: readonly Type[]): DynamicModule {
  @Module({})
  class RootModule {}
  return { module: RootModule, imports: [PlatformModule.of(platform), ...modules] };
}

/** Each service's own module has one; asked for by one of them, Nest answers with the last of all. */
function servicesOf(app: NestFastifyApplication): Service[] {
  return app.get(Service, { strict: false, each: true });
}

function questionsOptions({ natsUrl: url, natsNamespace: namespace, name }: StartOptions) {
  return { url, name: `ginnel-${name}-questions`, ...(namespace === undefined ? {} : { namespace }) };
}
