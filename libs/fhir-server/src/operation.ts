import type { FhirResource } from 'fhir/r4';
import type { Caller } from '#auth';
import type { Act, Stored } from '#fhir-store';

/** One request as use cases see it: parsed, authenticated, correlated. */
export interface FhirRequest {
  caller: Caller;
  /** For FhirStore.commit: agent, interaction and ids of this request. */
  act: Act;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Resource type and id of the route, where it has them. */
  type?: string;
  id?: string;
  /** Query string, or the form of a POST _search. */
  query: URLSearchParams;
  /** What of the query was about the form of the answer (`_format` …): judged already, and kept for links to further pages. */
  form?: URLSearchParams;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  /** The parsed and structurally validated body, where there is one. */
  resource?: FhirResource;
  /** The parsed body of a JSON Patch; a FHIRPath Patch comes as `resource`. */
  patch?: unknown;
  now: Date;
  newId: () => string;
  /** Within a transaction across services: what other owners will write with it, and who will see that. */
  planned?: readonly Stored[];
}

export interface FhirResponse {
  status: number;
  /** Serialised as it stands, or `content` sent byte for byte. */
  resource?: FhirResource;
  content?: string;
  /** What is no text, sent as it is. */
  bytes?: Buffer;
  /** `application/fhir+json` unless told. */
  contentType?: string;
  headers?: Record<string, string>;
}

export interface OperationDefinition {
  /** Without the dollar: `process-message`. */
  code: string;
  title: string;
  description: string;
  /** Routes: `/$code`, `/Type/$code`, `/Type/:id/$code`. */
  system: boolean;
  types: readonly string[];
  /** False for an operation that has `types` but works on an instance only. */
  type?: boolean;
  instance: boolean;
  methods: readonly ('GET' | 'POST')[];
  affectsState: boolean;
  /** Answers errors with the BaRS http-error-codes beside FHIR's. */
  bars?: boolean;
  /** What it takes and gives, for its OperationDefinition and for `operationParametersOf`. */
  parameters?: readonly OperationParameter[];
  /** Answers the resource that it wrote: a repetition under an Idempotency-Key is answered with it, too. */
  answersWritten?: boolean;
  /** Answers what is told once and stored nowhere: it is asked for by a request of its own, not inside another one. */
  answersSecret?: boolean;
  /** A body is handed over as it was parsed: its structure is the operation's to judge. */
  judgesBody?: boolean;
}

/** https://hl7.org/fhir/R4/operationdefinition-definitions.html#OperationDefinition.parameter */
export interface OperationParameter {
  name: string;
  use: 'in' | 'out';
  min: number;
  max: '1' | '*';
  /** FHIR type; absent where it has parts. */
  type?: string;
  documentation: string;
  parts?: readonly Omit<OperationParameter, 'use' | 'parts'>[];
}

/** A FHIR operation; one class each, in a service's api room. https://hl7.org/fhir/R4/operations.html */
export abstract class Operation {
  abstract readonly definition: OperationDefinition;
  abstract execute(request: FhirRequest): Promise<FhirResponse>;

  /** Throws what must be said of a body before its structure is judged, such as that it is no message at all. */
  receive?(received: unknown, headers: Readonly<Record<string, string>>): void;
}
