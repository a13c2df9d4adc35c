import type { ResourceId } from '#fhir';

/** A request that may come again: its key stands in the statement of what it did, so that neither is there without the other. */
export interface Once {
  /** Who asks, and under which id. */
  key: string;
  /** Of all that was asked for: another request under the same key is told apart. */
  hash: string;
  /** Set by the commit. */
  isWritten?: boolean;
}

/** What a commit answers its request with. */
export interface OnceAnswer {
  status: number;
  /** Of what is written, the resource that was asked for. */
  target: ResourceId;
}
