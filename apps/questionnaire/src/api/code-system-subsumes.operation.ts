import { Injectable } from '@nestjs/common';
import { FhirError } from '#fhir';
import {
  type FhirRequest,
  type FhirResponse,
  Operation,
  type OperationDefinition,
  type OperationParameters,
  operationParametersOf,
} from '#fhir-server';
import { subsumes } from '#terminology';
import { FindCodeSystem } from '../use-cases/find-code-system.js';
import { canonicalIn, input, output } from './terminology-parameters.js';

/** https://hl7.org/fhir/R4/codesystem-operation-subsumes.html */
@Injectable()
export class CodeSystemSubsumesOperation extends Operation {
  readonly definition: OperationDefinition = {
    code: 'subsumes',
    title: 'Whether one code is a kind of another',
    description: 'How two codes of one system stand to each other: equivalent, subsumes, subsumed-by or not-subsumed.',
    system: false,
    types: ['CodeSystem'],
    instance: true,
    methods: ['GET', 'POST'],
    affectsState: false,
    parameters: [
      input('codeA', 'code', 'The first code.'),
      input('codeB', 'code', 'The second code.'),
      input('system', 'uri', 'The code system of both.'),
      input('version', 'string', 'Version of the code system.'),
      input('codingA', 'Coding', 'Instead of codeA and system. POST only.'),
      input('codingB', 'Coding', 'Instead of codeB and system. POST only.'),
      output('outcome', 'code', 'equivalent, subsumes, subsumed-by or not-subsumed.'),
    ],
  };

  constructor(private readonly findCodeSystem: FindCodeSystem) {
    super();
  }

  async execute(request: FhirRequest): Promise<FhirResponse> {
    const parameters = operationParametersOf(request, this.definition);
    const [a, b] = [codeIn(parameters, 'A'), codeIn(parameters, 'B')];
    const canonical = canonicalIn(parameters, 'system', 'version') ?? a.system ?? b.system;
    for (const { system } of [a, b]) {
      if (system !== undefined && canonical !== undefined && system !== canonical.split('|')[0])
        throw FhirError.of('invalid', 'Both codes must be of the one system that is asked.');
    }
    const index = await this.findCodeSystem.execute({ id: request.id, canonical }, request.caller.audience);
    const outcome = subsumes(index, a.code, b.code);
    const parameter = [{ name: 'outcome', valueCode: outcome }];
    return { status: 200, resource: { resourceType: 'Parameters', parameter } };
  }
}

function codeIn(parameters: OperationParameters, which: 'A' | 'B'): { code: string; system?: string } {
  const coding = parameters.coding(`coding${which}`);
  if (!coding) return { code: parameters.requiredText(`code${which}`) };
  const { code, system } = coding;
  if (code === undefined) throw FhirError.of('required', `The parameter coding${which} holds no code.`);
  return { code, ...(system === undefined ? {} : { system }) };
}
