import { type Issue } from '#fhir';
import { isFields } from './fields.js';
import { Inspection, type Level } from './inspection.js';
import { quotedName } from './quoting.js';
import { readStructures, type Structures } from './structures.js';
import { TypeChecks } from './type-checks.js';

/** Says what is wrong with a resource, as parsed from JSON, by the base definitions of R4. https://hl7.org/fhir/R4/validation.html */
export interface Validator {
  /** Faults have severity error; no faults, no errors. At most 100 are listed. */
  validate: (resource: unknown, options?: ValidateOptions) => Issue[];
}

export interface ValidateOptions {
  /** The type that the address or the operation takes. */
  expectedType?: string;
  /** What is asked for: 'error' faults only, 'warning' (as it is unless told) also warnings, 'information' also remarks. */
  level?: Level;
}

/** Reads the structures once; checks are compiled per type when the type is first met. */
export function createValidator(structures: Structures = readStructures()): Validator {
  const checks = new TypeChecks(structures);
  const checkResource = checks.of('Resource');
  return {
    validate(resource, { expectedType, level } = {}) {
      const inspection = new Inspection(level);
      const type = isFields(resource) ? resource.resourceType : undefined;
      if (typeof type === 'string' && checks.isResourceType(type)) inspection.enter(type);
      if (expectedType !== undefined && typeof type === 'string' && type !== expectedType) {
        inspection.fault('invalid', `Here is ${quotedName(type) ?? 'another type'}; allowed is ${expectedType}.`);
        return inspection.issues;
      }
      checkResource(resource, inspection);
      return inspection.issues;
    },
  };
}
