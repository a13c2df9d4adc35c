import type { FhirResource, ServiceRequest, Task } from 'fhir/r4';
import { type Audience, everyone, organisationsOf, parseJson, referencesIn, resourceIdOf } from '#fhir';
import type { OwnersRecords } from '../owners-records.js';
import { type Parties, partiesOf, type Tie } from './shown.js';

interface Referral {
  request: ServiceRequest;
  readers: Audience;
  /** Places of what the ServiceRequest names. */
  names: readonly string[];
}

interface Work {
  parties: Parties;
  /** Places of its Tasks, and of the providers' parts among them. */
  tasks: readonly string[];
  parts: readonly string[];
}

/** The referrals of one person as they are now, asked of their owner once. */
export class PersonsReferrals {
  #referrals: Promise<Referral[]> | undefined;
  readonly #work = new Map<string, Promise<Work>>();

  constructor(
    private readonly patient: string,
    private readonly owners: OwnersRecords,
  ) {}

  /** True where a record that belongs to these referrals by hanging on them alone is seen by those who see them, as it should be. */
  async isSettled(resource: FhirResource, readers: Audience): Promise<boolean> {
    const names = placesIn(resource);
    const referrals = await this.#all();
    const place = placeOf(resource);
    if (names.some((one) => one.startsWith('Task/')) || referrals.some((one) => one.names.includes(place)))
      return false;
    const tied = referrals.filter(({ request }) => names.includes(placeOf(request)));
    const organisations = organisationsOf(readers).join(',');
    return tied.every((one) => organisationsOf(one.readers).join(',') === organisations);
  }

  /** How the referrals and this record refer to each other; those that do not are left out. */
  async tiesOf(resource: FhirResource): Promise<Tie[]> {
    const names = placesIn(resource);
    const namesTasks = names.some((one) => one.startsWith('Task/'));
    const ties: Tie[] = [];
    for (const { request, readers, names: named } of await this.#all()) {
      const hangs = names.includes(placeOf(request));
      const isNamed = named.includes(placeOf(resource));
      if (!hangs && !isNamed && !namesTasks) continue;
      const { parties, tasks, parts } = await this.#workOf(request);
      const [hangsByTask, hangsByPart] = [tasks, parts].map((some) => some.some((task) => names.includes(task)));
      if (hangs || isNamed || hangsByTask)
        ties.push({
          readers,
          parties,
          hangs,
          isNamed,
          hangsByTask: hangsByTask === true,
          hangsByPart: hangsByPart === true,
        });
    }
    return ties;
  }

  #all(): Promise<Referral[]> {
    this.#referrals ??= this.#read();
    return this.#referrals;
  }

  async #read(): Promise<Referral[]> {
    const reference = `Patient/${this.patient}`;
    const found = await this.owners.pointing({ type: 'ServiceRequest', parameter: 'subject', reference }, everyone);
    return found
      .map(({ content, audience }) => ({ request: parseJson(content) as ServiceRequest, readers: audience }))
      .filter(({ request }) => request.status !== 'draft')
      .map((one) => ({ ...one, names: placesIn(one.request) }));
  }

  #workOf(request: ServiceRequest): Promise<Work> {
    const reference = placeOf(request);
    const known = this.#work.get(reference) ?? this.#readWork(reference);
    this.#work.set(reference, known);
    return known;
  }

  async #readWork(reference: string): Promise<Work> {
    const found = await this.owners.pointing({ type: 'Task', parameter: 'focus', reference }, everyone);
    const tasks = found.map(({ content }) => parseJson(content) as Task);
    const parts = tasks.filter(({ partOf = [] }) => partOf.length > 0);
    return { parties: partiesOf(tasks), tasks: tasks.map(placeOf), parts: parts.map(placeOf) };
  }
}

/** Places of what a resource refers to. */
export function placesIn(resource: FhirResource): string[] {
  return referencesIn(resource).flatMap(({ reference }) => {
    const id = resourceIdOf(reference);
    return id ? [`${id.type}/${id.id}`] : [];
  });
}

export function placeOf({ resourceType, id = '' }: FhirResource): string {
  return `${resourceType}/${id}`;
}
