import type { Meta } from 'fhir/r4';
import { isPermitted } from '#auth';
import { FhirError, owners, parseJson, type ServiceName, serviceNames } from '#fhir';
import { present } from '../interactions/stored-response.js';
import { type FhirRequest, type FhirResponse, Operation, type OperationDefinition } from '../operation.js';
import { operationParametersOf } from '../operation-parameters.js';
import { refuseUnpermitted } from '../permission.js';
import type { Serving } from '../serving.js';
import { type MetaSet, withMeta } from './meta-set.js';

/**
 * Profiles, tags and security labels of one resource, or all that stand on what the caller may see of a type or of everything.
 * https://hl7.org/fhir/R4/resource-operation-meta.html
 */
export class MetaOperation extends Operation {
  readonly definition: OperationDefinition;

  constructor(private readonly serving: Serving) {
    super();
    this.definition = {
      code: 'meta',
      title: 'Profiles, tags and security labels',
      description:
        'Gives the profiles, tags and security labels of a resource, or all that stand on the resources of a type, or on everything, that the caller may see.',
      system: true,
      types: serving.faces.types.map(({ type }) => type),
      instance: true,
      methods: ['GET'],
      affectsState: false,
      parameters: [{ name: 'return', use: 'out', min: 1, max: '1', type: 'Meta', documentation: 'What was found.' }],
    };
  }

  async execute(request: FhirRequest): Promise<FhirResponse> {
    operationParametersOf(request, this.definition);
    const { type, id } = request;
    if (type === undefined) return metaResponse(await this.#ofEverything(request));
    const served = this.serving.faces.typeNamed(type);
    if (!served) throw FhirError.of('not-found', `${type} is not served here.`);
    refuseUnpermitted(request.caller, { interaction: id === undefined ? 'search' : 'read', type });
    if (id === undefined) return metaResponse(await served.face.store.metaOf([type], request.caller.audience));
    const stored = present(await served.face.store.read(type, id, request.caller.audience), type);
    return metaResponse((parseJson(stored.content) as { meta?: Meta }).meta ?? {});
  }

  async #ofEverything(request: FhirRequest): Promise<MetaSet> {
    const { caller } = request;
    const { faces } = this.serving;
    const readable = (service: ServiceName): string[] =>
      owners[service].filter((type) => isPermitted(caller, { interaction: 'search', type }));
    const found = await Promise.all(
      serviceNames.map((service) => {
        const types = readable(service);
        const face = types.map((type) => faces.typeNamed(type)).find((served) => served !== undefined)?.face;
        return face
          ? face.store.metaOf(
              types.filter((type) => faces.typeNamed(type)),
              caller.audience,
            )
          : this.#elsewhere(service, types, request);
      }),
    );
    return found.reduce(withMeta, {});
  }

  async #elsewhere(service: ServiceName, types: readonly string[], request: FhirRequest): Promise<MetaSet> {
    const { askOwner } = this.serving;
    if (!askOwner || types.length === 0) return {};
    const { caller, act, now } = request;
    const asked = types.map((type) => ({ url: `${type}/$meta`, headers: {}, caller, act, now }));
    const answers = await askOwner(service, asked);
    return answers.map(metaIn).reduce(withMeta, {});
  }
}

export function metaResponse(meta: Meta): FhirResponse {
  return {
    status: 200,
    resource: { resourceType: 'Parameters', parameter: [{ name: 'return', valueMeta: meta }] },
  };
}

/** One that does not answer fails the whole: no silent gaps. */
function metaIn({ status, content = '' }: FhirResponse): MetaSet {
  if (status !== 200) throw FhirError.of('transient', 'A service did not tell its tags; try again.');
  const { parameter = [] } = parseJson(content) as { parameter?: { valueMeta?: Meta }[] };
  return parameter[0]?.valueMeta ?? {};
}
