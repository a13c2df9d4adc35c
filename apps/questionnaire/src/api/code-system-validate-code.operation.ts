import { Injectable } from '@nestjs/common';
import {
  type FhirRequest,
  type FhirResponse,
  Operation,
  type OperationDefinition,
  operationParametersOf,
} from '#fhir-server';
import { validateInSystem } from '#terminology';
import { FindCodeSystem } from '../use-cases/find-code-system.js';
import {
  canonicalIn,
  codeParameters,
  codeSystemIn,
  codingsOf,
  input,
  verdictParameters,
  verdictParametersOf,
} from './terminology-parameters.js';

/** https://hl7.org/fhir/R4/codesystem-operation-validate-code.html */
@Injectable()
export class CodeSystemValidateCodeOperation extends Operation {
  readonly definition: OperationDefinition = {
    code: 'validate-code',
    title: 'Hold a code against its system',
    description: 'Whether a code system has a code, and whether its display is right.',
    system: false,
    types: ['CodeSystem'],
    instance: true,
    methods: ['GET', 'POST'],
    affectsState: false,
    parameters: [
      input('url', 'uri', 'Canonical of the code system; the coding’s system where it is left out.'),
      input('codeSystem', 'CodeSystem', 'The code system itself. POST only.'),
      input('version', 'string', 'Version of the code system that url names.'),
      ...codeParameters,
      ...verdictParameters,
    ],
  };

  constructor(private readonly findCodeSystem: FindCodeSystem) {
    super();
  }

  async execute(request: FhirRequest): Promise<FhirResponse> {
    const parameters = operationParametersOf(request, this.definition);
    const code = parameters.text('code');
    const codings = codingsOf(parameters, code === undefined ? undefined : { code });
    const canonical = canonicalIn(parameters, 'url', 'version') ?? codings[0]?.system;
    const wanted = { given: codeSystemIn(parameters), id: request.id, canonical };
    const index = await this.findCodeSystem.execute(wanted, request.caller.audience);
    const verdict = validateInSystem(index, codings, { abstract: parameters.flag('abstract') });
    return { status: 200, resource: verdictParametersOf(verdict) };
  }
}
