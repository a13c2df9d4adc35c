import type { FhirResource } from 'fhir/r4';
import { isPermitted } from '#auth';
import { FhirError, parseJson, referencesIn, type ResourceId, resourceIdOf, sees, stringifyJson } from '#fhir';
import { bundleOf } from '../interactions/bundle.js';
import { present } from '../interactions/stored-response.js';
import { type FhirRequest, type FhirResponse, Operation, type OperationDefinition } from '../operation.js';
import { refuseUnpermitted } from '../permission.js';
import { readThrough } from '../search/read-through.js';
import type { Serving } from '../serving.js';
import { everythingDefinition } from './everything-definition.js';
import { type EverythingQuery, everythingQueryOf } from './everything-query.js';
import { type Found, isReachable, searchAll } from './inner-search.js';
import { pageOf } from './page.js';
import { type Step, stepsTo } from './steps.js';

const mostTasks = 90;

/**
 * All that the caller may see of a patient or a referral, whichever service owns it, page by page.
 * https://hl7.org/fhir/R4/patient-operation-everything.html
 */
export class EverythingOperation extends Operation {
  readonly definition: OperationDefinition;

  constructor(
    type: 'Patient' | 'ServiceRequest',
    private readonly serving: Serving,
  ) {
    super();
    this.definition = everythingDefinition(type);
  }

  async execute(request: FhirRequest): Promise<FhirResponse> {
    const { type = '', id = '', caller } = request;
    const { serving, definition } = this;
    const served = serving.faces.typeNamed(type);
    if (!served) throw FhirError.of('not-found', `${type} is not served here.`);
    refuseUnpermitted(caller, { interaction: 'read', type });
    const stored = present(await served.face.store.read(type, id, caller.audience), type);
    const root = { type, id };
    const query = everythingQueryOf(root, request, { definition, serving });
    const steps = await this.#stepsFrom(root, query, request);
    const { resources, next } = await pageOf(steps, query, (urls) => searchAll(urls, request, serving));
    const isFirst = query.from.step === 0 && query.from.cursor === undefined && query.from.after === undefined;
    const own = parseJson(stored.content) as FhirResource;
    const matches = withoutRoot(resources, root);
    const shown = isFirst ? [own, ...matches] : matches;
    const included = await this.#referencesOf([own, ...matches], query, request);
    const links = [
      { relation: 'self', url: query.addressOf() },
      ...(next ? [{ relation: 'next', url: query.addressOf(next) }] : []),
    ];
    const entries = [
      ...shown.map((resource) => entryOf(resource, 'match', serving.baseUrl)),
      ...included.map((resource) => entryOf(resource, 'include', serving.baseUrl)),
    ];
    return { status: 200, content: bundleOf({ type: 'searchset', links, form: request.form, entries }) };
  }

  /** What hangs on a referral hangs on it, or on the Tasks that do its work. */
  async #stepsFrom(root: ResourceId, query: EverythingQuery, request: FhirRequest): Promise<Step[]> {
    const roots = root.type === 'Patient' ? [root] : [root, ...(await this.#tasksOf(root, request))];
    return stepsTo(roots, request.caller, query).filter(({ type }) => isReachable(type, this.serving));
  }

  async #tasksOf(root: ResourceId, request: FhirRequest): Promise<ResourceId[]> {
    if (!isPermitted(request.caller, { interaction: 'search', type: 'Task' }) || !isReachable('Task', this.serving))
      return [];
    const end = `&_sort=_id&_count=${String(mostTasks)}`;
    const reference = `${root.type}/${root.id}`;
    const urls = ['focus', 'based-on'].map((parameter) => `Task?${parameter}=${reference}${end}`);
    const parents = idsOf(allOf(await searchAll(urls, request, this.serving)));
    if (parents.length === 0) return [];
    const partOf = parents.map(({ id }) => `Task/${id}`).join(',');
    const parts = await searchAll([`Task?part-of=${partOf}${end}`], request, this.serving);
    return unique([...parents, ...idsOf(allOf(parts))]);
  }

  /** What the resources of this page name, so that each page can be read by itself. */
  async #referencesOf(
    resources: readonly FhirResource[],
    { types }: EverythingQuery,
    { caller }: FhirRequest,
  ): Promise<FhirResource[]> {
    const shown = new Set(resources.map(nameOf));
    const named = resources.flatMap((resource) =>
      referencesIn(resource).flatMap(({ reference }) => resourceIdOf(reference) ?? []),
    );
    const wanted = unique(named)
      .filter(({ type, id }) => !shown.has(`${type}/${id}`))
      .filter(({ type }) => isPermitted(caller, { interaction: 'read', type }))
      .filter(({ type }) => types === undefined || types.includes(type))
      .slice(0, this.serving.limits.includes);
    const found = await readThrough(wanted, caller.audience, this.serving);
    return found
      .filter(({ deleted, audience }) => !deleted && sees(caller.audience, audience))
      .map(({ content }) => parseJson(content) as FhirResource);
  }
}

/** More would be left out without a word. */
function allOf(found: readonly Found[]): FhirResource[] {
  if (found.every(({ cursor }) => cursor === undefined)) return found.flatMap(({ resources }) => resources);
  throw FhirError.of(
    'too-costly',
    `This referral has more than ${String(mostTasks)} Tasks; search for its parts by type.`,
  );
}

function withoutRoot(resources: readonly FhirResource[], { type, id }: ResourceId): FhirResource[] {
  return resources.filter((resource) => resource.resourceType !== type || resource.id !== id);
}

function idsOf(resources: readonly FhirResource[]): ResourceId[] {
  return resources.map(({ resourceType: type, id = '' }) => ({ type, id }));
}

function unique(ids: readonly ResourceId[]): ResourceId[] {
  return [...new Map(ids.map((id) => [`${id.type}/${id.id}`, id])).values()];
}

function nameOf({ resourceType, id = '' }: FhirResource): string {
  return `${resourceType}/${id}`;
}

function entryOf(resource: FhirResource, mode: 'match' | 'include', baseUrl: string): string {
  const fullUrl = JSON.stringify(`${baseUrl}/${nameOf(resource)}`);
  return `{"fullUrl":${fullUrl},"resource":${stringifyJson(resource)},"search":{"mode":"${mode}"}}`;
}
