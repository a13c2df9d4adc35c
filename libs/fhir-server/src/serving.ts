import type { Audience, ResourceId } from '#fhir';
import type { Stored } from '#fhir-store';
import type { Validator } from '#fhir-validation';
import type { Faces, ServedType } from './faces.js';
import type { Limits } from './limits.js';

/** What every interaction works with. */
export interface Serving {
  /** The address of `[base]`, by configuration, without a slash at its end. */
  baseUrl: string;
  faces: Faces;
  limits: Limits;
  validator: Validator;
  /** How many resources one conditional delete may end; one unless told. */
  mostDeleted?: number;
  /** Resources of any owner that exist and that the reader may see. */
  resolve: (ids: readonly ResourceId[], reader: Audience) => Promise<Stored[]>;
}

/** The resource that an address names. */
export interface Target {
  served: ServedType;
  id: string;
}
