import { Injectable } from '@nestjs/common';
import type { Coding } from 'fhir/r4';
import { FhirError } from '#fhir';
import {
  type FhirRequest,
  type FhirResponse,
  Operation,
  type OperationDefinition,
  operationParametersOf,
} from '#fhir-server';
import { lookup } from '#terminology';
import { FindCodeSystem } from '../use-cases/find-code-system.js';
import { canonicalIn, input, output } from './terminology-parameters.js';

/** https://hl7.org/fhir/R4/codesystem-operation-lookup.html */
@Injectable()
export class CodeSystemLookupOperation extends Operation {
  readonly definition: OperationDefinition = {
    code: 'lookup',
    title: 'Look up a code',
    description:
      'What its code system says of a code: display, designations, definition, parents, children, properties.',
    system: false,
    types: ['CodeSystem'],
    instance: false,
    methods: ['GET', 'POST'],
    affectsState: false,
    parameters: [
      input('code', 'code', 'The code; with its system.'),
      input('system', 'uri', 'The code system of code.'),
      input('version', 'string', 'Version of the code system.'),
      input('coding', 'Coding', 'Instead of code and system. POST only.'),
      input('displayLanguage', 'code', 'Language of the display, where the code has one of it.'),
      input('property', 'code', 'A property to give; all where none is named.', '*'),
      output('name', 'string', 'Name of the code system.'),
      output('version', 'string', 'Version of the code system.', 0),
      output('display', 'string', 'Display of the code.'),
      {
        name: 'designation',
        use: 'out',
        min: 0,
        max: '*',
        documentation: 'Another display.',
        parts: [
          { name: 'language', min: 0, max: '1', type: 'code', documentation: 'Its language.' },
          { name: 'use', min: 0, max: '1', type: 'Coding', documentation: 'What it is for.' },
          { name: 'value', min: 1, max: '1', type: 'string', documentation: 'The text.' },
        ],
      },
      {
        name: 'property',
        use: 'out',
        min: 0,
        max: '*',
        documentation: 'What else the system says.',
        parts: [
          { name: 'code', min: 1, max: '1', type: 'code', documentation: 'Which property.' },
          { name: 'value', min: 0, max: '1', type: 'Element', documentation: 'Its value.' },
        ],
      },
    ],
  };

  constructor(private readonly findCodeSystem: FindCodeSystem) {
    super();
  }

  async execute(request: FhirRequest): Promise<FhirResponse> {
    const parameters = operationParametersOf(request, this.definition);
    const coding = parameters.coding('coding');
    if (coding && parameters.has('code')) throw FhirError.of('invalid', 'Give one of code and coding, not both.');
    const code = coding ? coding.code : parameters.requiredText('code');
    if (code === undefined) throw FhirError.of('required', 'The parameter coding holds no code.');
    const canonical = coding ? systemOf(coding) : canonicalIn(parameters, 'system', 'version');
    if (canonical === undefined) throw FhirError.of('required', 'The parameter system is missing.');
    const index = await this.findCodeSystem.execute({ canonical }, request.caller.audience);
    const options = { displayLanguage: parameters.text('displayLanguage'), properties: parameters.texts('property') };
    return { status: 200, resource: lookup(index, code, options) };
  }
}

function systemOf({ system, version }: Coding): string | undefined {
  return system === undefined || version === undefined ? system : `${system}|${version}`;
}
