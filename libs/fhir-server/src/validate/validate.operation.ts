import type { FhirResource } from 'fhir/r4';
import { error, FhirError, type Issue, isFault, operationOutcome } from '#fhir';
import type { ServedType } from '../faces.js';
import { planDelete } from '../interactions/plan-delete.js';
import { planUpdate } from '../interactions/plan-update.js';
import { planCreate } from '../interactions/plan-create.js';
import { present } from '../interactions/stored-response.js';
import { type FhirRequest, type FhirResponse, Operation, type OperationDefinition } from '../operation.js';
import { refuseUnpermitted } from '../permission.js';
import type { Serving } from '../serving.js';
import { type ValidateMode, type ValidateRequest, validateRequestOf } from './validate-request.js';

/** What would be said of a resource, without storing it. https://hl7.org/fhir/R4/resource-operation-validate.html */
export class ValidateOperation extends Operation {
  readonly definition: OperationDefinition;

  constructor(private readonly serving: Serving) {
    super();
    this.definition = { ...validateDefinition, types: [...serving.faces.types.map(({ type }) => type), ...unowned] };
  }

  async execute(request: FhirRequest): Promise<FhirResponse> {
    const asked = validateRequestOf(request, this.serving.validator);
    const issues = await this.#judge(asked, request);
    const said = issues.length > 0 ? issues : [sound];
    return { status: 200, resource: operationOutcome(said) };
  }

  async #judge(asked: ValidateRequest, request: FhirRequest): Promise<readonly Issue[]> {
    const resource = asked.resource ?? (await this.#stored(request));
    if (!resource) {
      if (asked.mode === 'delete' && request.id !== undefined) return this.#planned(request, { mode: 'delete' });
      throw FhirError.of('required', 'The parameter resource is missing.');
    }
    const issues = this.#structure(resource, asked, request);
    const { mode } = asked;
    if (mode === undefined || mode === 'profile' || issues.some(isFault)) return issues;
    return [...issues, ...(await this.#planned(request, { mode, resource }))];
  }

  #structure(resource: FhirResource, { profiles }: ValidateRequest, { type, id }: FhirRequest): Issue[] {
    const expectedType = type === undefined ? {} : { expectedType: type };
    const issues = this.serving.validator.validate(resource, { ...expectedType, profiles, level: 'information' });
    const another = id !== undefined && resource.id !== undefined && resource.id !== id;
    if (!another) return issues;
    return [...issues, error('value', 'The resource bears another id than the address.', `${type ?? ''}.id`)];
  }

  /** What lies at the address is judged where nothing was sent. */
  async #stored({ type = '', id, caller, method }: FhirRequest): Promise<FhirResource | undefined> {
    const served = this.serving.faces.typeNamed(type);
    if (method !== 'GET' || id === undefined || !served) return undefined;
    refuseUnpermitted(caller, { interaction: 'read', type });
    const stored = present(await served.face.store.read(type, id, caller.audience), type);
    return JSON.parse(stored.content) as FhirResource;
  }

  /** What the rules of the type say of the write: it is planned as if it were to be made, and dropped. */
  async #planned(
    request: FhirRequest,
    { mode, resource }: { mode: ValidateMode; resource?: FhirResource },
  ): Promise<readonly Issue[]> {
    const { type = '', caller } = request;
    const served = this.serving.faces.typeNamed(type);
    if (!served) return [error('not-supported', `A ${type} is not stored here.`)];
    try {
      refuseUnpermitted(caller, { interaction: writeOf(mode), type });
      await planned({ served, request, mode, resource });
      return [];
    } catch (thrown) {
      if (thrown instanceof FhirError) return thrown.issues;
      throw thrown;
    }
  }
}

function writeOf(mode: ValidateMode): 'create' | 'update' | 'delete' {
  return mode === 'profile' ? 'create' : mode;
}

async function planned({
  served,
  request,
  mode,
  resource,
}: {
  served: ServedType;
  request: FhirRequest;
  mode: ValidateMode;
  resource: FhirResource | undefined;
}): Promise<void> {
  const rules = { request, siblings: [] };
  const id = request.id ?? resource?.id ?? '';
  if (mode === 'delete') {
    await planDelete({ served, id, conditions: {} }, rules);
  } else if (mode === 'update' && resource) {
    if (id === '')
      throw FhirError.of('required', 'An update names the resource by its id.', { expression: `${served.type}.id` });
    await planUpdate({ served, id, resource, conditions: {} }, rules);
  } else if (resource) {
    await planCreate(served, { ...resource, id: request.newId() }, rules);
  }
}

const sound: Issue = { severity: 'information', code: 'informational', diagnostics: 'No issues.' };

/** Types that are sent and never stored here by themselves. */
const unowned = [
  'Bundle',
  'Parameters',
  'MessageHeader',
  'StructureDefinition',
  'SearchParameter',
  'MessageDefinition',
];

const validateDefinition: Omit<OperationDefinition, 'types'> = {
  code: 'validate',
  title: 'Judge a resource without storing it',
  description:
    'Every issue of a resource by the definitions of R4, of the profiles that it names and of those that are asked for; with mode also what the rules of its type say. The answer is 200 whatever the verdict.',
  system: false,
  instance: true,
  methods: ['GET', 'POST'],
  affectsState: false,
  judgesBody: true,
  parameters: [
    { name: 'resource', use: 'in', min: 0, max: '1', type: 'Resource', documentation: 'What is judged.' },
    {
      name: 'mode',
      use: 'in',
      min: 0,
      max: '1',
      type: 'code',
      documentation: 'create, update, delete or profile: what is meant to be done with it.',
    },
    { name: 'profile', use: 'in', min: 0, max: '1', type: 'uri', documentation: 'A profile that it must meet.' },
    { name: 'return', use: 'out', min: 1, max: '1', type: 'OperationOutcome', documentation: 'Every issue.' },
  ],
};
