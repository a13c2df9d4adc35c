import type {
  CapabilityStatement,
  CapabilityStatementRest,
  CapabilityStatementRestResource,
  CodeSystem,
  CodeSystemConcept,
  ConceptMapGroupElementTarget,
  ConceptMapGroupUnmapped,
  ImplementationGuide,
  ImplementationGuideDefinition,
  Measure,
  MeasureReport,
  MessageDefinitionFocus,
  NamingSystem,
  OperationDefinitionParameter,
  SearchParameter,
  ValueSetComposeInclude,
  ValueSetExpansionContains,
} from 'fhir/r4';
import { type FastInvariants } from '../invariant.js';
import { has, lacks, repeated } from './presence.js';

/** Of the types that define others, but for StructureDefinition. */
export const definitionInvariants: FastInvariants = {
  ...namesToProgramWith(),
  'CapabilityStatement: cpb-1': ({ rest, messaging, document }: CapabilityStatement) =>
    (rest ?? messaging ?? document) !== undefined,
  'CapabilityStatement: cpb-2': (statement: CapabilityStatement) =>
    has(statement, 'description') || (statement.software ?? statement.implementation) !== undefined,
  'CapabilityStatement: cpb-3': ({ kind, messaging = [] }: CapabilityStatement) =>
    kind === 'instance' || messaging.every(({ endpoint }) => endpoint === undefined),
  'CapabilityStatement: cpb-7': ({ document }: CapabilityStatement) =>
    at(
      'document',
      repeated(document, ({ profile, mode }) => profile + mode),
    ),
  'CapabilityStatement.rest: cpb-9': ({ resource }: CapabilityStatementRest) =>
    at(
      'resource',
      repeated(resource, ({ type }) => type),
    ),
  'CapabilityStatement.rest.resource: cpb-12': ({ searchParam }: CapabilityStatementRestResource) =>
    at(
      'searchParam',
      repeated(searchParam, ({ name }) => name),
    ),
  'CapabilityStatement: cpb-14': ({ kind, implementation }: CapabilityStatement) =>
    kind !== 'instance' || implementation !== undefined,
  'CapabilityStatement: cpb-15': ({ kind, implementation, software }: CapabilityStatement) =>
    kind !== 'capability' || (implementation === undefined && software !== undefined),
  'CapabilityStatement: cpb-16': ({ kind, implementation, software }: CapabilityStatement) =>
    kind !== 'requirements' || (implementation ?? software) === undefined,
  'CodeSystem: csd-1': ({ concept = [] }: CodeSystem) => repeatedCodes(concept, 'concept', new Set()),
  'ConceptMap.group.element.target: cmd-1': (target: ConceptMapGroupElementTarget) =>
    has(target, 'comment') || !['narrower', 'inexact'].includes(target.equivalence),
  'ConceptMap.group.unmapped: cmd-2': (unmapped: ConceptMapGroupUnmapped) =>
    unmapped.mode !== 'fixed' || has(unmapped, 'code'),
  'ConceptMap.group.unmapped: cmd-3': (unmapped: ConceptMapGroupUnmapped) =>
    unmapped.mode !== 'other-map' || has(unmapped, 'url'),
  'ImplementationGuide.definition: ig-1': ({ resource, grouping = [] }: ImplementationGuideDefinition) => {
    const groups = new Set(grouping.map(({ id }) => id));
    return resource.every(({ groupingId }) => groupingId === undefined || groups.has(groupingId));
  },
  'ImplementationGuide: ig-2': ({ definition, fhirVersion }: ImplementationGuide) => {
    const versions = new Set<string>(fhirVersion);
    return (definition?.resource ?? []).every(({ fhirVersion = [] }) => fhirVersion.every((one) => versions.has(one)));
  },
  'Measure: mea-1': ({ group = [] }: Measure) =>
    group.every(({ stratifier = [] }) =>
      stratifier.every((one) => {
        const isSimple = (one.code ?? one.criteria) !== undefined || has(one, 'description');
        return isSimple !== (one.component !== undefined);
      }),
    ),
  'MeasureReport: mrp-1': ({ type, group }: MeasureReport) => type !== 'data-collection' || group === undefined,
  'MeasureReport: mrp-2': ({ group = [] }: MeasureReport) =>
    group.every(({ stratifier = [] }) =>
      stratifier.every(({ stratum = [] }) =>
        stratum.every(({ value, component }) => (value !== undefined) !== (component !== undefined)),
      ),
    ),
  'MessageDefinition.focus: md-1': ({ max }: MessageDefinitionFocus) =>
    max === undefined || max === '*' || (/^\+?\d+$/.test(max) && Number(max) > 0),
  'NamingSystem: nsd-1': ({ kind, uniqueId }: NamingSystem) =>
    kind !== 'root' || uniqueId.every(({ type }) => type !== 'uuid'),
  'NamingSystem: nsd-2': ({ uniqueId }: NamingSystem) =>
    repeated(uniqueId, ({ preferred, type }) => (preferred === true ? type : undefined)).length === 0,
  'OperationDefinition.parameter: opd-1': (parameter: OperationDefinitionParameter) =>
    has(parameter, 'type') || parameter.part !== undefined,
  'OperationDefinition.parameter: opd-2': (parameter: OperationDefinitionParameter) =>
    lacks(parameter, 'searchType') || parameter.type === 'string',
  'OperationDefinition.parameter: opd-3': ({ targetProfile, type }: OperationDefinitionParameter) =>
    targetProfile === undefined || type === 'Reference' || type === 'canonical',
  'SearchParameter: spd-1': (parameter: SearchParameter) => lacks(parameter, 'xpath') || has(parameter, 'xpathUsage'),
  'SearchParameter: spd-2': ({ chain, type }: SearchParameter) => chain === undefined || type === 'reference',
  'ValueSet.compose.include: vsd-1': (include: ValueSetComposeInclude) =>
    include.valueSet !== undefined || has(include, 'system'),
  'ValueSet.compose.include: vsd-2': (include: ValueSetComposeInclude) =>
    (include.concept ?? include.filter) === undefined || has(include, 'system'),
  'ValueSet.compose.include: vsd-3': ({ concept, filter }: ValueSetComposeInclude) =>
    concept === undefined || filter === undefined,
  'ValueSet.expansion.contains: vsd-6': (contains: ValueSetExpansionContains) =>
    has(contains, 'code') || has(contains, 'display'),
  'ValueSet.expansion.contains: vsd-9': (contains: ValueSetExpansionContains) =>
    has(contains, 'code') || contains.abstract === true,
  'ValueSet.expansion.contains: vsd-10': (contains: ValueSetExpansionContains) =>
    lacks(contains, 'code') || has(contains, 'system'),
};

/** One rule of fifteen types: a name that a programming language takes. */
function namesToProgramWith(): FastInvariants {
  const keys = `ActivityDefinition: adf-0, CapabilityStatement: cpb-0, CodeSystem: csd-0, ConceptMap: cmd-0,
    ImplementationGuide: ig-0, Library: lib-0, Measure: mea-0, MessageDefinition: msd-0, NamingSystem: nsd-0,
    OperationDefinition: opd-0, PlanDefinition: pdf-0, Questionnaire: que-0, SearchParameter: spd-0,
    StructureDefinition: sdf-0, ValueSet: vsd-0`.split(/,\s+/);
  const holds = ({ name }: { name?: string }): boolean => name === undefined || /^[A-Z][A-Za-z0-9_]{0,254}$/.test(name);
  return Object.fromEntries(keys.map((key) => [key, holds]));
}

function at(element: string, indices: readonly number[]): string[] {
  return indices.map((index) => `${element}[${String(index)}]`);
}

function repeatedCodes(concepts: readonly CodeSystemConcept[], path: string, seen: Set<string>): string[] {
  return concepts.flatMap(({ code, concept = [] }, index) => {
    const place = `${path}[${String(index)}]`;
    const own = seen.has(code) ? [`${place}.code`] : [];
    seen.add(code);
    return [...own, ...repeatedCodes(concept, `${place}.concept`, seen)];
  });
}
