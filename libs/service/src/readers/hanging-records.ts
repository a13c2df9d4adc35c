import type { DocumentReference, FhirResource, ServiceRequest, Task } from 'fhir/r4';
import { everyone, idIn, parseJson, referencesIn, type ResourceId, resourceIdOf } from '#fhir';
import { type FhirStore, type Stored } from '#fhir-store';
import { pointingTo } from '../search-question.js';

/** Of each type that may hang on a referral, the search parameter that finds it there. */
const foundBy: Readonly<Record<string, string>> = {
  QuestionnaireResponse: 'based-on',
  Observation: 'based-on',
  DocumentReference: 'related',
  Composition: 'entry',
};

/** What belongs to a referral in one service. */
export interface HangingRecord {
  stored: Stored;
  /** It refers to the referral, or a document does whose content it is; otherwise the referral refers to it. */
  hangs: boolean;
}

/** Finds what hangs on a referral of another service, what it names, and the content of its documents. */
export class HangingRecords {
  constructor(
    private readonly store: FhirStore,
    private readonly types: readonly string[],
  ) {}

  /** The ServiceRequests that a record hangs on, itself or by a Task of theirs that this service follows. */
  async requestsOf(record: FhirResource): Promise<string[]> {
    const named = referencesIn(record).flatMap(({ reference }) => resourceIdOf(reference) ?? []);
    const tasks = named.filter(({ type }) => type === 'Task');
    const read = this.store.holds('Task') && tasks.length > 0 ? await this.store.readMany(tasks, everyone) : [];
    const focused = read.map(({ content }) => idIn((parseJson(content) as Task).focus, 'ServiceRequest'));
    const direct = named.filter(({ type }) => type === 'ServiceRequest').map(({ id }) => id);
    return [...new Set([...direct, ...focused.filter((id) => id !== undefined)])];
  }

  async of(request: ServiceRequest): Promise<HangingRecord[]> {
    const anchors = [`ServiceRequest/${request.id ?? ''}`];
    if (this.store.holds('Task')) anchors.push(...(await this.#tasksOf(anchors)));
    const hanging: Stored[] = [];
    for (const type of this.types) {
      const parameter = foundBy[type];
      if (parameter !== undefined) hanging.push(...(await this.#all({ type, parameter, references: anchors })));
    }
    const named = await this.#read(namedBy(request).filter(({ type }) => this.types.includes(type)));
    const records = new Map(named.map((stored) => [placeOf(stored), { stored, hangs: false }]));
    for (const stored of hanging) records.set(placeOf(stored), { stored, hangs: true });
    for (const document of [...records.values()])
      for (const stored of await this.#read(contentsOf(document.stored)))
        records.set(placeOf(stored), { stored, hangs: document.hangs });
    return [...records.values()];
  }

  async #tasksOf(references: readonly string[]): Promise<string[]> {
    return (await this.#all({ type: 'Task', parameter: 'focus', references })).map(placeOf);
  }

  #read(ids: readonly ResourceId[]): Promise<Stored[]> {
    return ids.length === 0 ? Promise.resolve([]) : this.store.readMany(ids, everyone);
  }

  async #all(wanted: { type: string; parameter: string; references: readonly string[] }): Promise<Stored[]> {
    const found: Stored[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.store.search(pointingTo({ ...wanted, cursor }), everyone);
      found.push(...page.matches);
      cursor = page.next;
    } while (cursor !== undefined);
    return found;
  }
}

function namedBy(resource: FhirResource): ResourceId[] {
  return referencesIn(resource).flatMap(({ reference }) => resourceIdOf(reference) ?? []);
}

/** The Binaries that hold what a DocumentReference tells of. */
function contentsOf({ type, content }: Stored): ResourceId[] {
  if (type !== 'DocumentReference') return [];
  const attached = (parseJson(content) as DocumentReference).content.flatMap(
    ({ attachment }) => resourceIdOf(attachment.url) ?? [],
  );
  return attached.filter((id) => id.type === 'Binary');
}

function placeOf({ type, id }: ResourceId): string {
  return `${type}/${id}`;
}
