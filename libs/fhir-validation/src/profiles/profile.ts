import type { StructureDefinition } from 'fhir/r4';
import { type Structures } from '../structures.js';
import { type ProfileElement } from './profile-tree.js';

/** A profile that can be checked. */
export interface Profile {
  url: string;
  /** The type that it constrains. */
  type: string;
  /** None for a base type. */
  definition: StructureDefinition | undefined;
  root: ProfileElement;
}

/** Why a profile that is here cannot be checked. */
export interface RefusedProfile {
  refused: string;
}

/** Where profiles are found. */
export interface KnownProfiles {
  readonly structures: Structures;
  /** By canonical, with or without a version; undefined where it, or that version of it, is not here. */
  find(canonical: string): Profile | RefusedProfile | undefined;
  /** The profile, where it is here and can be checked. */
  usable(canonical: string): Profile | undefined;
}
