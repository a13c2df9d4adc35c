import { readFileSync } from 'node:fs';

/**
 * What the build keeps of the R4 StructureDefinitions (tools/definitions/structures.mjs).
 * https://hl7.org/fhir/R4/structuredefinition.html
 */
export interface Structures {
  /** Every resource type of R4, also those without a structure here: what a reference may name. */
  resourceTypes: readonly string[];
  primitives: Readonly<Record<string, PrimitiveStructure>>;
  /** Resources and data types by name. */
  types: Readonly<Record<string, TypeStructure>>;
  /** Codes of the value sets of required bindings, by value set and code system. */
  valueSets: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

export interface PrimitiveStructure {
  regex?: string;
}

/** A rule that structure can't say. https://hl7.org/fhir/R4/conformance-rules.html#constraints */
export interface ConstraintStructure {
  key: string;
  /** An error where absent. */
  severity?: 'warning';
  human: string;
  expression: string;
}

export interface TypeStructure {
  kind: 'resource' | 'complex';
  abstract?: boolean;
  base?: string;
  /** The type that it narrows, in whose name it appears: Quantity for SimpleQuantity. */
  code?: string;
  /** Those of its bases are theirs. */
  constraints?: readonly ConstraintStructure[];
  /** What it adds to its base. */
  elements: readonly ElementStructure[];
}

export interface ElementStructure {
  /** `status`, `value[x]`. */
  name: string;
  /** 0 where absent. */
  min?: number;
  /** 1 where absent. */
  max?: number | '*';
  types?: readonly string[];
  /** Resource types that a Reference may name; any where absent. */
  targets?: readonly string[];
  /** Path of the element whose children it repeats. */
  content?: string;
  /** Value set of a required binding; absent from `valueSets` where its code system is open. */
  binding?: string;
  /** Value set of an extensible binding. */
  extensible?: string;
  /** Value set that holds whatever a weaker binding allows. */
  maxBinding?: string;
  constraints?: readonly ConstraintStructure[];
  elements?: readonly ElementStructure[];
}

export function readStructures(): Structures {
  const file = new URL('../generated/structures.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Structures;
}

/** The name under which a type appears in choices and rules. */
export function codeOf(type: string, structures: Structures): string {
  return structures.types[type]?.code ?? type;
}

/** A type and its bases, nearest first. */
export function lineageOf(type: string, structures: Structures): string[] {
  const base = structures.types[type]?.base;
  return base === undefined ? [type] : [type, ...lineageOf(base, structures)];
}
