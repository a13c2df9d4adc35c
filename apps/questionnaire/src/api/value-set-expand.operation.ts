import { Injectable } from '@nestjs/common';
import {
  type FhirRequest,
  type FhirResponse,
  Operation,
  type OperationDefinition,
  type OperationParameters,
  operationParametersOf,
} from '#fhir-server';
import { expand, type ExpandOptions } from '#terminology';
import { FindValueSet } from '../use-cases/find-value-set.js';
import { canonicalIn, input, output, valueSetIn } from './terminology-parameters.js';

/** https://hl7.org/fhir/R4/valueset-operation-expand.html */
@Injectable()
export class ValueSetExpandOperation extends Operation {
  readonly definition: OperationDefinition = {
    code: 'expand',
    title: 'Expand a value set',
    description:
      'The codes of a value set: by its url, by its address here, or of one that is sent. At most 10000 at once; a value set whose code systems are not known here is not expanded.',
    system: false,
    types: ['ValueSet'],
    instance: true,
    methods: ['GET', 'POST'],
    affectsState: false,
    parameters: [
      input('url', 'uri', 'Canonical of the value set.'),
      input('valueSet', 'ValueSet', 'The value set itself. POST only.'),
      input('valueSetVersion', 'string', 'Version of the value set that url names.'),
      input('filter', 'string', 'Words that begin words of the display, a designation or the code.'),
      input('offset', 'integer', 'Codes to pass over.'),
      input('count', 'integer', 'Codes to give.'),
      input('includeDesignations', 'boolean', 'With other displays of each code.'),
      input('includeDefinition', 'boolean', 'With the definition of each code, as an extension.'),
      input('activeOnly', 'boolean', 'Without codes that are not to be used any more.'),
      input('excludeNested', 'boolean', 'The list is always flat.'),
      input('excludeNotForUI', 'boolean', 'Without codes that only group others.'),
      input('displayLanguage', 'code', 'Language of the displays, where a code has one of it.'),
      input('exclude-system', 'canonical', 'A code system to leave out.', '*'),
      output('return', 'ValueSet', 'The value set with its expansion.'),
    ],
  };

  constructor(private readonly findValueSet: FindValueSet) {
    super();
  }

  async execute(request: FhirRequest): Promise<FhirResponse> {
    const parameters = operationParametersOf(request, this.definition);
    const wanted = {
      given: valueSetIn(parameters),
      id: request.id,
      canonical: canonicalIn(parameters, 'url', 'valueSetVersion'),
    };
    const options = optionsIn(parameters);
    const { valueSet, group } = await this.findValueSet.execute(wanted, request.caller.audience);
    const identifier = `urn:uuid:${request.newId()}`;
    return { status: 200, resource: expand(valueSet, group, { ...options, now: request.now, identifier }) };
  }
}

function optionsIn(parameters: OperationParameters): ExpandOptions {
  return {
    filter: parameters.text('filter'),
    offset: parameters.count('offset'),
    count: parameters.count('count'),
    includeDesignations: parameters.flag('includeDesignations'),
    includeDefinition: parameters.flag('includeDefinition'),
    activeOnly: parameters.flag('activeOnly'),
    excludeNotForUI: parameters.flag('excludeNotForUI'),
    displayLanguage: parameters.text('displayLanguage'),
    excludeSystem: parameters.texts('exclude-system').map((system) => system.split('|')[0] ?? system),
  };
}
