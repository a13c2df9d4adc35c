import type { Bundle, CapabilityStatement, FhirResource } from 'fhir/r4';
import type { FastifyInstance } from 'fastify';
import { type Authenticator, type IssuerMetadata, refuseUnnamedOperations } from '#auth';
import type { Audience, ResourceId, ServiceName } from '#fhir';
import { loadedSearchParameters } from '#fhir-search';
import { Cursors, type Stored } from '#fhir-store';
import { createValidator, type FhirPackage, type Validator } from '#fhir-validation';
import { type Logger, type Metrics, mountMetrics } from '#observability';
import { createTerminology, type LoadedTerminology, type SystemCode } from '#terminology';
import { Auditing } from './audit/auditing.js';
import { protectOthers } from './answer.js';
import { type Capabilities, capabilitiesOf } from './capabilities/capabilities.js';
import { mountDocs } from './capabilities/docs-page.js';
import type { Release } from './capabilities/release.js';
import { Definitions } from './definitions/definitions.js';
import { definitionsOfType } from './definitions/packaged.js';
import { Faces, type ServiceFace } from './faces.js';
import { HttpFace } from './http-face.js';
import { type Limits, limitsOf } from './limits.js';
import { outcomeOfInner } from './answer-inner.js';
import type { InnerRequest } from './inner-request.js';
import { type Change, createByOperation, updateByOperation } from './interactions/operated-write.js';
import type { FhirRequest, FhirResponse, Operation } from './operation.js';
import { idsMeeting } from './search/resolve-criteria.js';
import type { AskedCriterion, SearchAcross } from './search/search-across.js';
import { OnceOnly } from './once/once-only.js';
import type { AskStoredCodes, CodesQuestion } from './search/stored-codes.js';
import type { RecordsAcross } from './records/records-across.js';
import { serverOperations } from './server-operations.js';
import type { AskOwner, HistoryAcross, Serving } from './serving.js';
import type { Participant } from './transaction/participant.js';
import { transaction } from './transaction/transaction.js';
import { type TransactionOptions, transactionsOf } from './transaction/transactions-of.js';

import { ValidateOperation } from './validate/validate.operation.js';

export interface FhirServerOptions {
  /** `[base]` as callers know it, such as `https://ginnel.example/fhir`: by configuration, never from the Host header. */
  baseUrl: string;
  authenticator: Authenticator;
  now: () => Date;
  newId: () => string;
  logger: Logger;
  /** Measures requests and serves `/metrics`. */
  metrics?: Metrics;
  /** Reads resources whose owner is in another process; without it they are left out of `_include`. */
  resolveAcross?: (ids: ResourceId[], reader: Audience) => Promise<Stored[]>;
  /** Asks services of other processes for their part of a search; without it such a chain is refused. */
  searchAcross?: SearchAcross;
  /** Asks the service that stores value sets and code systems, where it is in another process. */
  codesAcross?: AskStoredCodes;
  /** Has requests answered by owners in other processes; without it such an entry of a batch is refused. */
  askOwner?: AskOwner;
  /** How the owners of a transaction's entries are spoken with; without it, only those of this process. */
  transactions?: TransactionOptions;
  /** A page of the history of a service in another process. */
  historyAcross?: HistoryAcross;
  /** What services of other processes tell of their audit and provenance. */
  recordsAcross?: RecordsAcross;
  /** Shared by all replicas, so that each can open the others' page links; of this process alone unless told. */
  cursorSecret?: string;
  /** The usual ones unless told. */
  limits?: Partial<Limits>;
  /** Origins of the pages that browsers let call, such as `https://console.example`; none unless told. */
  origins?: readonly string[];
  /** FHIR packages beside the specification: their profiles, value sets and code systems hold here. */
  packages?: readonly FhirPackage[];
  /** Of the release, for the CapabilityStatement. */
  version?: string;
}

/** The FHIR face of this process: one, filled by each of its services. */
export class FhirServer {
  /** Value sets and code systems of the specification, of Ginnel and of the packages. */
  readonly terminology: LoadedTerminology;
  readonly #faces = new Faces();
  readonly #serving: Serving;
  readonly #release: Release;
  #made: { loaded: string; issuer: IssuerMetadata | undefined; capabilities: Capabilities } | undefined;
  #listening = false;

  constructor(private readonly options: FhirServerOptions) {
    const { packages = [], version = '0.0.0', now } = options;
    this.#release = { version, date: now() };
    this.terminology = createTerminology([
      ...definitionsOfType(packages, 'ValueSet'),
      ...definitionsOfType(packages, 'CodeSystem'),
    ]);
    this.#serving = this.#servingOf();
  }

  /** Refuses what would make two answers to one address, and a type that is not its owner's. */
  add(face: ServiceFace): void {
    if (this.#listening) throw new Error('The FHIR server serves already; add every face before it listens.');
    this.#faces.add(face);
  }

  /**
   * Routes below `/fhir`, `/docs` and, with metrics, `/metrics`. The instance must be made with `fastifyOptions`.
   * Faces may be added until it listens: Nest makes its modules after the routes.
   */
  mount(fastify: FastifyInstance): void {
    const { metrics } = this.options;
    const serving = this.#serving;
    protectOthers(fastify);
    fastify.server.maxConnections = serving.limits.connections;
    const capabilities = (): Capabilities => this.#capabilities();
    const face = new HttpFace({ ...this.options, serving, capabilities });
    fastify.addHook('onReady', (done) => {
      this.#listening = true;
      this.#faces.offer(new ValidateOperation(serving));
      for (const operation of serverOperations(serving)) this.#faces.offer(operation);
      refuseUnnamedOperations(this.#faces.operations.map(({ definition }) => definition.code));
      capabilities();
      done();
    });
    void fastify.register(
      (scope, _options, done) => {
        face.mount(scope);
        done();
      },
      { prefix: '/fhir' },
    );
    mountDocs(fastify, () => capabilities().docs);
    if (metrics) mountMetrics(fastify, metrics);
  }

  /** What the packages define of one type. */
  packaged<Type extends FhirResource['resourceType']>(type: Type): Extract<FhirResource, { resourceType: Type }>[] {
    return definitionsOfType(this.options.packages ?? [], type);
  }

  /** Answers a request that came inside another one, for another process or for a job; an error is an answer too. */
  answer(inner: InnerRequest): Promise<FhirResponse> {
    return this.#serving.answer(inner);
  }

  /** The update of a request's instance that an operation makes, held to every rule of a plain one. */
  update(request: FhirRequest, change: Change): Promise<FhirResponse> {
    return updateByOperation(request, change, this.#serving);
  }

  /** The create that an operation makes, held to every rule of a plain one. */
  create(request: FhirRequest, resource: FhirResource): Promise<FhirResponse> {
    return createByOperation(request, resource, this.#serving);
  }

  /** The writes that an operation makes together: all or none, each held to every rule of a plain one. */
  transact(request: FhirRequest, resource: Bundle): Promise<FhirResponse> {
    return transaction({ ...request, resource }, this.#serving);
  }

  /** A service of this process, as the coordinator of a transaction in another one speaks with it. */
  participant(service: ServiceName): Participant {
    const participant = this.#serving.transactions.localOf(service);
    if (participant) return participant;
    throw new Error(`The ${service} service is not in this process.`);
  }

  /** Resources of any owner, found in this process or asked of another; only those that the reader may see. */
  async resolve(ids: readonly ResourceId[], reader: Audience): Promise<Stored[]> {
    const faces = [...new Set(this.#faces.types.map(({ face }) => face))];
    const ownerIn = ({ type }: ResourceId): ServiceFace | undefined => this.#faces.typeNamed(type)?.face;
    const elsewhere = ids.filter((id) => ownerIn(id) === undefined);
    const { resolveAcross } = this.options;
    const found = await Promise.all([
      ...faces.map((face) => {
        const own = ids.filter((id) => ownerIn(id) === face);
        return own.length === 0 ? [] : face.store.readMany(own, reader);
      }),
      elsewhere.length === 0 || !resolveAcross ? [] : resolveAcross(elsewhere, reader),
    ]);
    return found.flat();
  }

  /** Another process's question for ids of what meets criteria here. */
  idsMeeting(asked: readonly AskedCriterion[], reader: Audience): Promise<string[][]> {
    return idsMeeting(asked, reader, this.#serving);
  }

  /** Another process's question for codes that are stored here. */
  async storedCodes(asked: readonly CodesQuestion[], reader: Audience): Promise<(readonly SystemCode[] | undefined)[]> {
    const keeper = this.#faces.typeNamed('ValueSet')?.face;
    const ask = keeper ? keeper.storedCodes : this.options.codesAcross;
    return ask ? ask(asked, reader) : [];
  }

  /** Made anew where a search parameter was loaded or taken out of use since, or where the issuer has said more of itself. */
  #capabilities(): Capabilities {
    const loaded = loadedSearchParameters()
      .map(({ definition }) => definition.url)
      .join(' ');
    const issuer = this.options.authenticator.issuers?.known;
    if (this.#made?.loaded !== loaded || this.#made.issuer !== issuer)
      this.#made = { loaded, issuer, capabilities: capabilitiesOf(this.#serving, { ...this.#release, issuer }) };
    return this.#made.capabilities;
  }

  #validator(): Validator {
    const definitions = definitionsOfType(this.options.packages ?? [], 'StructureDefinition');
    return createValidator({ definitions, terminology: this.terminology });
  }

  #definitionsAt(baseUrl: string): Definitions {
    const { packages = [] } = this.options;
    const operations = (): readonly Operation[] => this.#faces.operations;
    const statement = (): CapabilityStatement => this.#capabilities().resource;
    const messages = () => this.#faces.messages;
    return new Definitions({ baseUrl, release: this.#release, packages, operations, messages, statement });
  }

  /** What reaches services of other processes, where there are any. */
  #elsewhere(): Pick<Serving, 'askOwner' | 'historyAcross' | 'recordsAcross' | 'searchAcross'> {
    const { askOwner, historyAcross, recordsAcross, searchAcross } = this.options;
    return {
      ...(searchAcross ? { searchAcross } : {}),
      ...(askOwner ? { askOwner } : {}),
      ...(historyAcross ? { historyAcross } : {}),
      ...(recordsAcross ? { recordsAcross } : {}),
    };
  }

  #servingOf(): Serving {
    const baseUrl = this.options.baseUrl.replace(/\/+$/, '');
    if (!/^https?:\/\/[^\s?#]+$/.test(baseUrl)) throw new Error('baseUrl must be an http or https address.');
    const limits = limitsOf(this.options.limits);
    return {
      baseUrl,
      faces: this.#faces,
      limits,
      once: new OnceOnly({ limits, baseUrl, now: this.options.now }),
      auditing: new Auditing(this.#faces, `audit ${this.options.cursorSecret ?? this.options.newId()}`),
      validator: this.#validator(),
      terminology: this.terminology,
      storedCodes: (asked, reader) => this.storedCodes(asked, reader),
      definitions: this.#definitionsAt(baseUrl),
      transactions: transactionsOf(this.options.transactions ?? {}, {
        serving: () => this.#serving,
        newId: this.options.newId,
      }),
      resolve: (ids, reader) => this.resolve(ids, reader),
      answer: (inner) => outcomeOfInner(inner, this.#serving, this.options.newId),
      ...this.#elsewhere(),
      cursors: new Cursors(`history ${this.options.cursorSecret ?? this.options.newId()}`),
      unexpected: ({ failure, status }) => {
        this.options.logger.error({ failure, status }, 'unexpected error');
      },
    };
  }
}
