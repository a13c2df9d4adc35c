import type { StructureDefinition } from 'fhir/r4';
import { type Issue } from '#fhir';
import type { Terminology } from '#terminology';
import { bundleCheck, fullUrlCheck } from './bundle-rules.js';
import { CodeJudge } from './codes.js';
import { isFields } from './fields.js';
import { Inspection, type Level } from './inspection.js';
import { checkNamedProfiles, claimedProfilesCheck } from './profile-rules.js';
import { BaseRules } from './profiles/base-rules.js';
import { extensionCheck } from './profiles/extension-check.js';
import { ExtensionContexts } from './profiles/extension-contexts.js';
import { ProfileChecks } from './profiles/profile-checks.js';
import { ProfileRegistry } from './profiles/registry.js';
import { quotedName } from './quoting.js';
import { readStructures, type Structures } from './structures.js';
import { TypeChecks } from './type-checks.js';
import { weakBindings } from './weak-bindings.js';

/** Says what is wrong with a resource, as parsed from JSON, by R4 and by profiles. https://hl7.org/fhir/R4/validation.html */
export interface Validator {
  /** Faults have severity error; no faults, no errors. At most 100 are listed. */
  validate: (resource: unknown, options?: ValidateOptions) => Issue[];
}

export interface ValidatorOptions {
  /** Those that the build keeps, unless told. */
  structures?: Structures;
  /** Profiles and extensions beside those that the build keeps: of packages. A later one of the same url holds. */
  definitions?: readonly StructureDefinition[];
  /** Without it, only required bindings to closed code systems are checked. */
  terminology?: Terminology;
}

export interface ValidateOptions {
  /** The type that the address or the operation takes. */
  expectedType?: string;
  /** Canonicals that it must keep, beside those of its meta.profile that are known. */
  profiles?: readonly string[];
  /** As of $validate: an update needs an id, a delete nothing of its content. */
  mode?: 'create' | 'update' | 'delete' | 'profile';
  /** What is asked for: 'error' faults only, 'warning' (as it is unless told) also warnings, 'information' also remarks. */
  level?: Level;
}

/** Reads the structures once; checks are compiled per type and per profile when one is first met. */
export function createValidator(options: ValidatorOptions = {}): Validator {
  const { structures = readStructures(), definitions = [], terminology } = options;
  const registry = new ProfileRegistry(structures, definitions);
  const codes = new CodeJudge(structures, terminology);
  const profiles = new ProfileChecks(registry, codes, new BaseRules(structures));
  const checks = new TypeChecks(structures, {
    ofResources: [claimedProfilesCheck(profiles)],
    ofTypes: {
      Extension: [extensionCheck(profiles, new ExtensionContexts(structures))],
      Bundle: [bundleCheck],
      'Bundle.entry': [fullUrlCheck],
    },
    ofCodes: weakBindings(structures, terminology),
  });
  return { validate: (resource, how = {}) => inspected(resource, how, { checks, profiles }) };
}

interface Checks {
  checks: TypeChecks;
  profiles: ProfileChecks;
}

function inspected(resource: unknown, how: ValidateOptions, { checks, profiles }: Checks): Issue[] {
  const { expectedType, profiles: named = [], mode, level } = how;
  const inspection = new Inspection(level);
  const type = typeIn(resource);
  if (type !== undefined && checks.isResourceType(type)) inspection.enter(type);
  if (expectedType !== undefined && type !== undefined && type !== expectedType) {
    inspection.fault('invalid', `Here is ${quotedName(type) ?? 'another type'}; allowed is ${expectedType}.`);
    return inspection.issues;
  }
  if (mode === 'delete') return [];
  checks.of('Resource')(resource, inspection);
  if (mode === 'update') checkId(resource, inspection);
  checkNamedProfiles(named, { value: resource, checks: profiles }, inspection);
  return inspection.issues;
}

function typeIn(resource: unknown): string | undefined {
  const type = isFields(resource) ? resource.resourceType : undefined;
  return typeof type === 'string' ? type : undefined;
}

function checkId(resource: unknown, inspection: Inspection): void {
  if (isFields(resource) && resource.id === undefined) {
    inspection.fault('required', 'An update needs the id of the resource.', 'id');
  }
}
