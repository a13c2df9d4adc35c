/** https://hl7.org/fhir/R4/search.html */
export type SearchParameterType =
  'token' | 'string' | 'date' | 'reference' | 'uri' | 'number' | 'quantity' | 'composite' | 'special';

/** How a parameter of one resource type is found in the store. */
export interface SearchParameter {
  code: string;
  type: SearchParameterType;
  /** Canonical of its definition. */
  url: string;
  /** FHIRPath of the indexed element(s), narrowed to this resource type. */
  expression: string;
  /** Resource types that a reference may point to. */
  targets: readonly string[];
  /**
   * At most one value per resource (element of max 1 and of a type with one value; a canonical has two, with and without its
   * version): kept in a column of the search table, otherwise in rows of the value table. Column names are snake_case of the code (`part_of`); a date takes two, `<name>_low` and `<name>_high`.
   */
  single: boolean;
  /** For a single token with a required binding to one code system: that system. */
  system?: string;
  /** The parts of a composite, in their order; each is sought within one and the same element. */
  components?: readonly SearchParameter[];
}

/**
 * What one resource says under one parameter. A reference parameter, also a single one, may hold tokens beside its reference:
 * the identifiers of Reference.identifier, for `:identifier`. No value is longer than `longestKey`.
 */
export type IndexValue =
  | { type: 'token'; system?: string; value: string }
  /** Lower case, without marks, single spaces: as `normalise` makes it. `exact` is the text as it was sent, for `:exact`. */
  | { type: 'string'; value: string; exact?: string }
  /** `Task/1` for a literal reference, an absolute URL or canonical as it stands. */
  | { type: 'reference'; value: string }
  | { type: 'uri'; value: string }
  /** The half-open interval [low, high) that the value's precision covers. */
  | { type: 'date'; low: Date; high: Date }
  /** From low to high, both included; one number has low = high. */
  | { type: 'number'; low: number; high: number; system?: string; unit?: string }
  /** The text of a coding, a CodeableConcept or an Identifier's type, normalised, for `:text`. */
  | { type: 'text'; value: string }
  /** An identifier with its type, for `:of-type`. */
  | { type: 'typedIdentifier'; system?: string; code: string; value: string }
  /** One element under a composite: what it says under each part; an element that lacks a part is not indexed. */
  | { type: 'composite'; parts: readonly (readonly IndexValue[])[] }
  /** A place on earth: degrees of WGS 84. */
  | { type: 'position'; latitude: number; longitude: number };

export interface IndexEntry {
  parameter: SearchParameter;
  values: readonly IndexValue[];
}

export type SearchPrefix = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap';

/**
 * One value of a criterion; commas between values mean or. With the resource's interval from–to, in every type: eq is
 * from >= low and to <= high, ne its opposite, gt to > high, lt from < low, ge gt or eq, le lt or eq, sa from >= high,
 * eb to <= low, ap from < high and to > low: the bounds are made so that these hold, `ap` is already widened.
 */
export type SearchValue =
  /** `system` undefined: any system; '' : no system; `value` undefined: any code of the system. */
  | { type: 'token'; system?: string; value?: string }
  /** `value` normalised; `exact`, with :exact only, as it was sent. */
  | { type: 'string'; value: string; exact?: string }
  | { type: 'reference'; value: string }
  | { type: 'uri'; value: string }
  | { type: 'date'; prefix: SearchPrefix; low: Date; high: Date }
  | { type: 'number'; prefix: SearchPrefix; low: number; high: number; system?: string; unit?: string }
  /** Normalised, for `:text`: what begins so. */
  | { type: 'text'; value: string }
  /** `:of-type`: system and code of Identifier.type, and the identifier's value. */
  | { type: 'typedIdentifier'; system?: string; code: string; value: string }
  /** Canonical of a value set, for `:in` and `:not-in`; the server puts its codes in this place before the store is asked. */
  | { type: 'valueSet'; url: string }
  /** One value of a composite: one part each. */
  | { type: 'composite'; parts: readonly SearchValue[] }
  /** Within `metres` of a place; degrees of WGS 84. */
  | { type: 'near'; latitude: number; longitude: number; metres: number };

/** What a resource must meet; several mean and. */
export type Criterion = ParameterCriterion | ChainCriterion | ReverseCriterion;

/** `part-of:missing=false`, `status=requested,received`. */
export interface ParameterCriterion {
  /** Of the type, or one that every type has (`_id`, `_lastUpdated`, `_profile`, `_tag`, `_security`, `_source`). */
  parameter: SearchParameter;
  /** `identifier`: tokens are sought among the identifiers of a reference. `subject:Patient=1` is a plain `Patient/1`. */
  modifier?: SearchModifier;
  /** For :missing. */
  missing?: boolean;
  values: readonly SearchValue[];
}

/** A type as modifier (`subject:Patient`) has gone into the values. */
export type SearchModifier =
  'missing' | 'exact' | 'contains' | 'not' | 'identifier' | 'in' | 'not-in' | 'above' | 'below' | 'of-type' | 'text';

/** `subject:Patient.name=x`: a reference that leads to a resource of one of these types which meets that type's criterion. */
export interface ChainCriterion {
  chain: { parameter: SearchParameter; targets: readonly { type: string; criterion: Criterion }[] };
}

/** `_has:Task:focus:owner=x`: a resource of `type` that meets the criterion points here by `parameter`. */
export interface ReverseCriterion {
  has: { type: string; parameter: SearchParameter; criterion: Criterion };
}

/** `_include=Task:focus`, `_revinclude=Task:focus`, `_include=Task:*`. */
export interface Include {
  reverse: boolean;
  /** Type that has the reference. */
  source: string;
  parameter: SearchParameter;
  /** Only targets of this type. */
  target?: string;
  /** Applied to what was included, too, until nothing new comes or the bound is met. */
  iterate?: boolean;
}

export interface SortKey {
  /** Any indexed one: of several values the least counts, descending the greatest. A special one sorts by distance from the place sought. */
  parameter: SearchParameter;
  descending: boolean;
  /** `location.near`: the reference that leads to it. */
  through?: SearchParameter;
}

export interface SearchQuery {
  type: string;
  criteria: readonly Criterion[];
  includes: readonly Include[];
  sort: readonly SortKey[];
  /** Page size, 1 to 1000, 50 by default; 0 means count only. */
  count: number;
  total: 'none' | 'accurate';
  /** Opaque place to go on from, as given in a next link. */
  cursor?: string;
  /** The query as it was understood, for the self link; holds no personal identifiers that the caller did not send. */
  applied: URLSearchParams;
}
