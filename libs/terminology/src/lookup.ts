import type { CodeSystemConceptDesignation, CodeSystemConceptProperty, Parameters, ParametersParameter } from 'fhir/r4';
import { FhirError } from '#fhir';
import type { CodeSystemIndex, Concept } from './code-system-index.js';
import { displayIn } from './expand.js';

export interface LookupOptions {
  displayLanguage?: string | undefined;
  /** Only these; all where none is named. */
  properties: readonly string[];
}

/** What a code system says of a code. https://hl7.org/fhir/R4/codesystem-operation-lookup.html */
export function lookup(index: CodeSystemIndex, code: string, options: LookupOptions): Parameters {
  const concept = index.get(code);
  if (!concept) throw FhirError.of('not-found', `The code is not known in the code system ${index.url}.`);
  const { name, title } = index.codeSystem;
  const display = displayIn(concept, options.displayLanguage) ?? concept.code;
  const isWanted = ({ part = [] }: ParametersParameter): boolean =>
    options.properties.length === 0 || options.properties.includes(part[0]?.valueCode ?? '');
  const parameter: ParametersParameter[] = [
    { name: 'name', valueString: name ?? title ?? index.url },
    ...(index.version === undefined ? [] : [{ name: 'version', valueString: index.version }]),
    { name: 'display', valueString: display },
    ...concept.designations.map(designationOf),
    ...propertiesOf(concept).filter(isWanted),
  ];
  return { resourceType: 'Parameters', parameter };
}

function designationOf({ language, use, value }: CodeSystemConceptDesignation): ParametersParameter {
  return {
    name: 'designation',
    part: [
      ...(language === undefined ? [] : [{ name: 'language', valueCode: language }]),
      ...(use === undefined ? [] : [{ name: 'use', valueCoding: use }]),
      { name: 'value', valueString: value },
    ],
  };
}

/** Those that the concept bears, and what R4 says that every system has. */
function propertiesOf({ definition, inactive, parents, children, properties }: Concept): ParametersParameter[] {
  const own = properties.filter(({ code }) => !['inactive', 'parent', 'child'].includes(code)).map(borne);
  return [
    ...(definition === undefined ? [] : [property('definition', { valueString: definition })]),
    property('inactive', { valueBoolean: inactive }),
    ...parents.map((code) => property('parent', { valueCode: code })),
    ...children.map((code) => property('child', { valueCode: code })),
    ...own,
  ];
}

function borne({ code, ...value }: CodeSystemConceptProperty): ParametersParameter {
  return property(code, value);
}

function property(code: string, value: Omit<ParametersParameter, 'name'>): ParametersParameter {
  return {
    name: 'property',
    part: [
      { name: 'code', valueCode: code },
      { name: 'value', ...value },
    ],
  };
}
