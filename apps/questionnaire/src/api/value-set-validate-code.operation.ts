import { Injectable } from '@nestjs/common';
import type { Coding } from 'fhir/r4';
import {
  type FhirRequest,
  type FhirResponse,
  Operation,
  type OperationDefinition,
  type OperationParameters,
  operationParametersOf,
} from '#fhir-server';
import { validateInValueSet } from '#terminology';
import { FindValueSet } from '../use-cases/find-value-set.js';
import {
  canonicalIn,
  codeParameters,
  codingsOf,
  input,
  valueSetIn,
  verdictParameters,
  verdictParametersOf,
} from './terminology-parameters.js';

/** https://hl7.org/fhir/R4/valueset-operation-validate-code.html */
@Injectable()
export class ValueSetValidateCodeOperation extends Operation {
  readonly definition: OperationDefinition = {
    code: 'validate-code',
    title: 'Hold a code against a value set',
    description:
      'Whether a code is in a value set, and whether its display is right. What cannot be told here is refused with 422, never answered with no.',
    system: false,
    types: ['ValueSet'],
    instance: true,
    methods: ['GET', 'POST'],
    affectsState: false,
    parameters: [
      input('url', 'uri', 'Canonical of the value set.'),
      input('valueSet', 'ValueSet', 'The value set itself. POST only.'),
      input('valueSetVersion', 'string', 'Version of the value set that url names.'),
      input('system', 'uri', 'The code system of code.'),
      ...codeParameters,
      ...verdictParameters,
    ],
  };

  constructor(private readonly findValueSet: FindValueSet) {
    super();
  }

  async execute(request: FhirRequest): Promise<FhirResponse> {
    const parameters = operationParametersOf(request, this.definition);
    const codings = codingsOf(parameters, codeIn(parameters));
    const wanted = {
      given: valueSetIn(parameters),
      id: request.id,
      canonical: canonicalIn(parameters, 'url', 'valueSetVersion'),
    };
    const { valueSet, group, terminology } = await this.findValueSet.execute(wanted, request.caller.audience);
    const against = { group, terminology, url: valueSet.url ?? 'given' };
    const verdict = validateInValueSet(against, codings, { abstract: parameters.flag('abstract') });
    return { status: 200, resource: verdictParametersOf(verdict) };
  }
}

/** A bare code names nothing: several systems of a value set may have it. */
function codeIn(parameters: OperationParameters): Coding | undefined {
  const code = parameters.text('code');
  return code === undefined ? undefined : { code, system: parameters.requiredText('system') };
}
