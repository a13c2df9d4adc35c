import type { DocumentReference, FhirResource } from 'fhir/r4';
import { everyone, parseJson, type ResourceId, resourceIdOf } from '#fhir';
import type { FhirStore, Stored } from '#fhir-store';
import { pointingTo } from '../search-question.js';
import { placesIn } from './persons-referrals.js';

/** Of each type that may hang on a referral, the search parameter that finds it there. */
const foundBy: Readonly<Record<string, string>> = {
  QuestionnaireResponse: 'based-on',
  Observation: 'based-on',
  DocumentReference: 'related',
  Composition: 'entry',
};

/** Of a document that was corrected more often the oldest contents keep their readers. */
const mostVersions = 100;

/** Finds what belongs to a referral of another service, and what belongs together here. */
export class HangingRecords {
  constructor(
    private readonly store: FhirStore,
    private readonly types: readonly string[],
  ) {}

  /** What names one of these, a ServiceRequest or Tasks of it, and what this resource names. */
  async of(anchors: readonly string[], naming?: FhirResource): Promise<Stored[]> {
    const found: Stored[] = [];
    for (const type of this.types) {
      const parameter = foundBy[type];
      if (parameter !== undefined) found.push(...(await this.#all({ type, parameter, references: anchors })));
    }
    const named = naming ? placesIn(naming).flatMap((place) => idOf(place) ?? []) : [];
    found.push(...(await this.read(named.filter(({ type }) => this.types.includes(type)))));
    return [...new Map(found.map((stored) => [`${stored.type}/${stored.id}`, stored])).values()];
  }

  /** Tasks of a ServiceRequest, where this service follows them. */
  async tasksOf(request: string): Promise<string[]> {
    if (!this.store.holds('Task')) return [];
    const found = await this.#all({ type: 'Task', parameter: 'focus', references: [request] });
    return found.map(({ type, id }) => `${type}/${id}`);
  }

  /** The Observations that were made of answers. */
  scoresOf({ type, id }: ResourceId): Promise<Stored[]> {
    if (type !== 'QuestionnaireResponse' || !this.types.includes('Observation')) return Promise.resolve([]);
    return this.#all({ type: 'Observation', parameter: 'derived-from', references: [`${type}/${id}`] });
  }

  /** The Binaries that hold what a DocumentReference tells of. */
  contentsOf({ type, content }: Stored): ResourceId[] {
    if (type !== 'DocumentReference' || content === '') return [];
    const attached = (parseJson(content) as DocumentReference).content.flatMap(
      ({ attachment }) => resourceIdOf(attachment.url) ?? [],
    );
    return attached.filter((id) => id.type === 'Binary');
  }

  /** Those that its earlier versions told of, too. */
  async everyContentOf(stored: Stored): Promise<ResourceId[]> {
    if (stored.type !== 'DocumentReference') return [];
    const versions = await this.store.history(stored.type, stored.id, everyone, { count: mostVersions });
    return [stored, ...versions].flatMap((one) => this.contentsOf(one));
  }

  /** The DocumentReferences that tell of a Binary. */
  documentsOf(binary: string): Promise<Stored[]> {
    return this.#all({ type: 'DocumentReference', parameter: 'location', references: [binary] });
  }

  read(ids: readonly ResourceId[]): Promise<Stored[]> {
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

function idOf(place: string): ResourceId | undefined {
  const [type, id] = place.split('/');
  return type !== undefined && id !== undefined ? { type, id } : undefined;
}
