import type { CodeSystemConceptProperty, ValueSetComposeIncludeFilter } from 'fhir/r4';
import type { CodeSystemIndex, Concept } from './code-system-index.js';
import { safePattern } from './safe-pattern.js';

/** Whether a concept meets a filter; a sentence where this cannot be told. https://hl7.org/fhir/R4/valueset-filter-operator.html */
export type Meets = (concept: Concept) => boolean;

/** Of a display longer than this nothing is matched. */
const longestMatched = 200;

type Operator = ValueSetComposeIncludeFilter['op'];

export function filterOf(filter: ValueSetComposeIncludeFilter, system: CodeSystemIndex): Meets | string {
  const hierarchical = byHierarchy[filter.op];
  if (hierarchical) return hierarchyFilter(filter, system, hierarchical);
  const values = valuesOf(filter.property, system);
  if (!values) return `The code system ${system.url} does not declare the property ${filter.property} of a filter.`;
  return valueFilter(filter, values);
}

/** Codes that the operator selects, of those below and above the value. */
type Select = (code: string, system: CodeSystemIndex) => Meets;

const byHierarchy: Partial<Record<Operator, Select>> = {
  'is-a': (code, system) => among(system.below(code) ?? []),
  'descendent-of': (code, system) => among((system.below(code) ?? []).slice(1)),
  'is-not-a': (code, system) => {
    const below = among(system.below(code) ?? []);
    return (concept) => !below(concept);
  },
  generalizes: (code, system) => among(system.above(code) ?? []),
};

function hierarchyFilter(
  { op, property, value }: ValueSetComposeIncludeFilter,
  system: CodeSystemIndex,
  select: Select,
): Meets | string {
  if (property !== 'concept' && property !== 'code')
    return `The filter ${op} is for the property concept; here it stands with ${property}.`;
  if (!system.subsumes)
    return `The hierarchy of ${system.url} is ${system.codeSystem.hierarchyMeaning ?? ''}, so ${op} says nothing of it.`;
  if (!system.get(value)) return `The code of a filter ${op} is not in ${system.url}.`;
  return select(value, system);
}

function among(codes: readonly string[]): Meets {
  const set = new Set(codes);
  return ({ code }) => set.has(code);
}

function valueFilter(
  { op, property, value }: ValueSetComposeIncludeFilter,
  values: (concept: Concept) => readonly string[],
): Meets | string {
  const listed = value.split(',').map((each) => each.trim());
  switch (op) {
    case '=':
      return (concept) => values(concept).includes(value);
    case 'in':
      return (concept) => values(concept).some((each) => listed.includes(each));
    case 'not-in':
      return (concept) => !values(concept).some((each) => listed.includes(each));
    case 'exists':
      return (concept) => values(concept).length > 0 === (value === 'true');
    case 'regex': {
      const pattern = safePattern(value);
      if (!pattern) return `The regular expression of the filter for ${property} is not of a form that is safe to run.`;
      return (concept) => values(concept).some((each) => each.length <= longestMatched && pattern.test(each));
    }
    default:
      return `The filter operator ${op} is not known.`;
  }
}

/** What a concept says under a property, as text; undefined for a property that its system does not declare. */
function valuesOf(property: string, system: CodeSystemIndex): ((concept: Concept) => readonly string[]) | undefined {
  const own = ofConcepts[property];
  if (own) return own;
  const declared = system.codeSystem.property?.some(({ code }) => code === property) === true;
  if (!declared && !standard.has(property)) return undefined;
  return ({ properties }) => properties.filter(({ code }) => code === property).map(textOf);
}

const ofConcepts: Partial<Record<string, (concept: Concept) => readonly string[]>> = {
  code: ({ code }) => [code],
  concept: ({ code }) => [code],
  display: ({ display }) => (display === undefined ? [] : [display]),
  parent: ({ parents }) => parents,
  child: ({ children }) => children,
  inactive: ({ inactive }) => [String(inactive)],
  notSelectable: ({ abstract }) => [String(abstract)],
};

/** https://hl7.org/fhir/R4/codesystem-concept-properties.html */
const standard: ReadonlySet<string> = new Set(['status', 'deprecated', 'deprecationDate', 'retirementDate']);

function textOf({ valueCoding, ...property }: CodeSystemConceptProperty): string {
  const { valueCode, valueString, valueInteger, valueBoolean, valueDateTime, valueDecimal } = property;
  const value = valueCode ?? valueString ?? valueCoding?.code ?? valueDateTime;
  return value ?? String(valueInteger ?? valueDecimal ?? valueBoolean ?? '');
}
