import type { Audience, ResourceId, ServiceName } from '#fhir';
import type { Cursors, HistoryPage, HistoryPlace, Stored } from '#fhir-store';
import type { Validator } from '#fhir-validation';
import type { Terminology } from '#terminology';
import type { Definitions } from './definitions/definitions.js';
import type { Refusal } from './errors.js';
import type { Auditing } from './audit/auditing.js';
import type { Faces, ServedType } from './faces.js';
import type { InnerRequest } from './inner-request.js';
import type { RecordsAcross } from './records/records-across.js';
import type { Limits } from './limits.js';
import type { SearchAcross } from './search/search-across.js';
import type { OnceOnly } from './once/once-only.js';
import type { AskStoredCodes } from './search/stored-codes.js';
import type { Transactions } from './transaction/transactions.js';
import type { FhirResponse } from './operation.js';

/** Asks another process's services, with the caller's identity. */
export type AskOwner = (owner: ServiceName, requests: readonly InnerRequest[]) => Promise<FhirResponse[]>;

/** What another process tells of its history of these types: fewer than asked for, and `more`, where they are large. */
export type HistoryAcross = (
  owner: ServiceName,
  reader: Audience,
  page: HistoryPage & { before?: HistoryPlace; types: readonly string[] },
) => Promise<{ versions: Stored[]; more: boolean }>;

/** What every interaction works with. */
export interface Serving {
  /** The address of `[base]`, by configuration, without a slash at its end. */
  baseUrl: string;
  faces: Faces;
  limits: Limits;
  auditing: Auditing;
  validator: Validator;
  /** What `:in`, `:below` and bindings are held against. */
  terminology: Terminology;
  /** The same of value sets and code systems that are stored: asked where `terminology` does not know. */
  storedCodes: AskStoredCodes;
  /** What is served of what is served here. */
  definitions: Definitions;
  /** Requests that come again have one effect. */
  once: OnceOnly;
  /** The owners that a transaction spans, and who decides about it. */
  transactions: Transactions;
  /** Resources of any owner that exist and that the reader may see. */
  resolve: (ids: readonly ResourceId[], reader: Audience) => Promise<Stored[]>;
  /** Other processes' part of a chain, of `_has` and of what a search includes. */
  searchAcross?: SearchAcross;
  /** Answers a request inside another one by the services of this process; an error is an answer too. */
  answer: (inner: InnerRequest) => Promise<FhirResponse>;
  /** Has requests answered by an owner in another process, all by one question; throws where it does not answer. */
  askOwner?: AskOwner;
  /** A page of the history of a service in another process; without it system history is of this process alone. */
  historyAcross?: HistoryAcross;
  /** Asks services of other processes for their audit and provenance; without it they are of this process alone. */
  recordsAcross?: RecordsAcross;
  /** Seals the links to pages of histories. */
  cursors: Cursors;
  /** Told of every error that nobody meant to happen and that is answered inside another answer. */
  unexpected?: (refusal: Refusal) => void;
}

/** The resource that an address names. */
export interface Target {
  served: ServedType;
  id: string;
}
