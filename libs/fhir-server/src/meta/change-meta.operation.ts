import type { FhirResource, Meta } from 'fhir/r4';
import { FhirError, parseJson } from '#fhir';
import { preferOf } from '../headers.js';
import { updateByOperation } from '../interactions/operated-write.js';
import { type FhirRequest, type FhirResponse, Operation, type OperationDefinition } from '../operation.js';
import type { Serving } from '../serving.js';
import { type MetaSet, withMeta, withoutMeta } from './meta-set.js';
import { metaResponse } from './meta.operation.js';

const changes = {
  'meta-add': { title: 'Add profiles, tags and security labels', change: withMeta },
  'meta-delete': { title: 'Take away profiles, tags and security labels', change: withoutMeta },
} as const;

/**
 * Adds or takes away profiles, tags and security labels, as an update that every rule of the type is asked about. Unlike R4
 * says, it makes a version: what was once told by history and events is never changed.
 * https://hl7.org/fhir/R4/resource-operation-meta-add.html
 */
export class ChangeMetaOperation extends Operation {
  readonly definition: OperationDefinition;
  readonly #change: (one: MetaSet, other: MetaSet) => MetaSet;

  constructor(
    code: keyof typeof changes,
    private readonly serving: Serving,
  ) {
    super();
    const { title, change } = changes[code];
    this.#change = change;
    this.definition = {
      code,
      title,
      description: `${title} of one resource. Sets: a label is known by system and code. Where something changes, a version is made.`,
      system: false,
      types: serving.faces.types.filter(({ writes }) => writes !== undefined).map(({ type }) => type),
      type: false,
      instance: true,
      methods: ['POST'],
      affectsState: true,
      parameters: [
        {
          name: 'meta',
          use: 'in',
          min: 1,
          max: '1',
          type: 'Meta',
          documentation: 'Profiles, tags and security labels.',
        },
        { name: 'return', use: 'out', min: 1, max: '1', type: 'Meta', documentation: 'What the resource has now.' },
      ],
    };
  }

  async execute(request: FhirRequest): Promise<FhirResponse> {
    const given = metaIn(request);
    const change = (current: FhirResource): FhirResource => this.#changed(current, given);
    const { content = '', headers = {} } = await updateByOperation(wholly(request), change, this.serving);
    return { ...metaResponse((parseJson(content) as { meta?: Meta }).meta ?? {}), headers };
  }

  #changed(resource: FhirResource, given: MetaSet): FhirResource {
    const { profile = [], security = [], tag = [], ...rest } = resource.meta ?? {};
    const meta: Meta = { ...rest, ...this.#change({ profile, security, tag }, given) };
    return { ...resource, meta };
  }
}

function metaIn({ resource, query, headers }: FhirRequest): MetaSet {
  if (query.size > 0 && !preferOf(headers).lenient)
    throw FhirError.of(
      'not-supported',
      'The parameter meta stands in the body, in a Parameters; the query takes none.',
    );
  const given = resource?.resourceType === 'Parameters' ? (resource.parameter ?? []) : [];
  const meta = given.length === 1 && given[0]?.name === 'meta' ? given[0].valueMeta : undefined;
  if (!meta)
    throw FhirError.of('required', 'The body must be a Parameters with one parameter, meta, that has a valueMeta.');
  return withMeta({}, meta);
}

/** The answer is read here, whatever the client prefers. */
function wholly(request: FhirRequest): FhirRequest {
  const headers = Object.entries(request.headers).filter(([name]) => !['prefer', 'if-match'].includes(name));
  return { ...request, headers: Object.fromEntries(headers) };
}
