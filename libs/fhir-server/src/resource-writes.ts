import type { CapabilityStatementRestResource, FhirResource } from 'fhir/r4';
import type { Stored, Write } from '#fhir-store';
import { type FhirRequest } from './operation.js';

/**
 * What a client's write to one resource type means: who may make it, what it must hold, who will see it and what else is
 * written with it. A type without one refuses every write. The answer's first write of that type is the resource itself.
 */
export abstract class ResourceWrites<R extends FhirResource = FhirResource> {
  abstract readonly type: R['resourceType'];

  /** The writes of a create; `siblings` are the other resources of the same transaction, ids assigned, references resolved. */
  abstract create(resource: R, request: FhirRequest, siblings: readonly FhirResource[]): Promise<Write[]>;

  /** The writes of an update; `previous` is what the caller could read. */
  abstract update(
    resource: R,
    previous: Stored,
    request: FhirRequest,
    siblings: readonly FhirResource[],
  ): Promise<Write[]>;

  /**
   * The writes of a delete; absent where a resource of this type is never deleted by clients (its status says so instead).
   * `previous` is what the caller could read. What must not be lost refuses with FhirError.
   */
  delete?(previous: Stored, request: FhirRequest): Promise<Write[]>;

  /** True where a client may choose the id of a new resource by PUT; `create` is then called with that id. */
  readonly clientIds?: boolean;

  /** True where everybody reads what is written: then one condition of two callers is one condition. */
  readonly isPublic?: boolean;

  /** What the CapabilityStatement says of the type beside what is wired. */
  readonly capabilities?: Pick<CapabilityStatementRestResource, 'extension' | 'supportedProfile'>;
}
