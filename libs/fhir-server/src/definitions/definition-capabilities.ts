import type { CapabilityStatementRestResource } from 'fhir/r4';
import { definitionTypes } from './definition.js';
import { definitionParametersOf, definitionParameterUrl } from './definition-parameters.js';

/** What is done with definitions: they are read and searched, never written, and have no versions. */
export function definitionCapabilities(): CapabilityStatementRestResource[] {
  return definitionTypes.map((type) => ({
    type,
    interaction: [{ code: 'read' }, { code: 'search-type' }],
    versioning: 'no-version',
    searchParam: definitionParametersOf(type).map((parameter) => ({
      name: parameter.code,
      definition: definitionParameterUrl(type, parameter),
      type: parameter.type,
    })),
  }));
}
