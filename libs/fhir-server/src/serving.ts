import type { Audience, ResourceId } from '#fhir';
import type { Stored } from '#fhir-store';
import type { Validator } from '#fhir-validation';
import type { Faces, ServedType } from './faces.js';

/** What every interaction works with. */
export interface Serving {
  /** The address of `[base]`, by configuration, without a slash at its end. */
  baseUrl: string;
  faces: Faces;
  validator: Validator;
  /** Resources of any owner that exist and that the reader may see. */
  resolve: (ids: readonly ResourceId[], reader: Audience) => Promise<Stored[]>;
}

/** The resource that an address names. */
export interface Target {
  served: ServedType;
  id: string;
}
