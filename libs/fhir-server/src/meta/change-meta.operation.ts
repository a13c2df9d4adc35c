import type { FhirResource, Meta } from 'fhir/r4';
import { FhirError, parseJson, withLiteralsOf } from '#fhir';
import type { ServedType } from '../faces.js';
import { preferOf } from '../headers.js';
import { perform } from '../interactions/perform.js';
import { present } from '../interactions/stored-response.js';
import { type FhirRequest, type FhirResponse, Operation, type OperationDefinition } from '../operation.js';
import { refuseUnpermitted } from '../permission.js';
import type { Serving } from '../serving.js';
import { type MetaSet, withMeta, withoutMeta } from './meta-set.js';
import { metaResponse } from './meta.operation.js';

const changes = {
  'meta-add': { title: 'Add profiles, tags and security labels', change: withMeta },
  'meta-delete': { title: 'Take away profiles, tags and security labels', change: withoutMeta },
} as const;

const attempts = 4;

interface AskedChange {
  served: ServedType;
  id: string;
  given: MetaSet;
  request: FhirRequest;
}

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
    const { type = '', id = '', caller } = request;
    const served = this.serving.faces.typeNamed(type);
    if (!served) throw FhirError.of('not-found', `${type} is not served here.`);
    refuseUnpermitted(caller, { interaction: 'update', type });
    const given = metaIn(request);
    return this.#attempt({ served, id, given, request: wholly(request) }, attempts);
  }

  async #attempt(asked: AskedChange, left: number): Promise<FhirResponse> {
    const { served, id, given, request } = asked;
    const stored = present(await served.face.store.read(served.type, id, request.caller.audience), served.type);
    const resource = this.#changed(parseJson(stored.content) as FhirResource, given);
    const update = { interaction: 'update' as const, served, place: { id }, resource };
    try {
      const conditions = { version: stored.version };
      const { content = '', headers = {} } = await perform({ ...update, conditions }, request, this.serving);
      return { ...metaResponse((parseJson(content) as { meta?: Meta }).meta ?? {}), headers };
    } catch (thrown) {
      // Somebody changed it meanwhile: what was asked is done to what is there now.
      if (left > 1 && thrown instanceof FhirError && thrown.status === 412) return this.#attempt(asked, left - 1);
      throw thrown;
    }
  }

  #changed(resource: FhirResource, given: MetaSet): FhirResource {
    const { profile = [], security = [], tag = [], ...rest } = resource.meta ?? {};
    const meta: Meta = { ...rest, ...this.#change({ profile, security, tag }, given) };
    return withLiteralsOf(resource, { ...resource, meta });
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
