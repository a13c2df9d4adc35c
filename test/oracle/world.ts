import { randomUUID } from 'node:crypto';
import type { Bundle, FhirResource } from 'fhir/r4';
import { ownerOf, referencesIn, sees } from '#fhir';
import { indexEntriesOf, searchParametersOf } from '#fhir-search';
import type { Write } from '#fhir-store';
import { type RunningService, Service, migrateServices, serviceUrl, startService } from '#service';
import { definitions, modules } from '../../apps/sandbox/src/sandbox.module.js';
import type { Dice } from '../hostile/dice.js';
import { soughtOf } from '../matrix/sought.js';
import { type Actor, ActorsByName, actorsOf, integrator, organisationsOf } from './actors.js';
import type { Leaf, Leaves } from './queries.js';
import { types, type Version, versionsOf, wordOf } from './records.js';
import type { Everything, Place } from './sub-world.js';

/** What an oracle's world runs on. */
export interface Ground {
  databaseUrl: string;
  natsUrl: string;
  natsMonitorUrl: string;
}

export interface Heard {
  status: number;
  text: string;
}

const base = 'http://ginnel.test/fhir';
const searchable = 1_000;

/** What Subscriptions may listen to: the subscriptions service brings it along, for everybody. */
function isTopic(resource: FhirResource): boolean {
  return resource.resourceType === 'Basic' && resource.code.coding?.[0]?.code === 'SubscriptionTopic';
}

/** All services in one process; organisations, who asks for them, and what they hold, as the dice say. */
export class OracleWorld {
  readonly #foreign = new Set<string>();
  /** By the word of each version, who may see it. */
  readonly #marks: ReadonlyMap<string, readonly string[]>;
  readonly #found = new Map<string, Promise<readonly string[]>>();

  private constructor(
    private readonly running: RunningService,
    readonly actors: readonly Actor[],
    readonly versions: readonly Version[],
  ) {
    this.#marks = new Map(versions.map((version) => [wordOf(version), marksOf(version)]));
  }

  static async start(ground: Ground, { dice, each }: { dice: Dice; each: number }): Promise<OracleWorld> {
    const { databaseUrl, natsUrl, natsMonitorUrl } = ground;
    await migrateServices(databaseUrl, definitions);
    const organisations = organisationsOf(dice);
    const actors = actorsOf(organisations, dice);
    const running = await startService({
      ...{ name: 'oracle', modules, host: '127.0.0.1', port: 0, baseUrl: base },
      databaseUrl: (service) => serviceUrl(databaseUrl, service),
      ...{ natsUrl, natsMonitorUrl, natsNamespace: `oracle${randomUUID().slice(0, 8)}` },
      authenticator: new ActorsByName([...actors, integrator]),
      ...{ secret: 'the secret of an oracle for tests', logLevel: 'silent' },
    });
    const world = new OracleWorld(running, actors, versionsOf(each, organisations, dice));
    await world.#keep();
    return world;
  }

  /** By GET, or by POST to `_search`. */
  async ask({ name, caller }: Actor, path: string, posted = false): Promise<Heard> {
    const authorization = `Bearer ${name}`;
    const [type = '', search = ''] = path.split('?');
    const answer = posted
      ? await fetch(`${this.running.url}/fhir/${type}/_search`, {
          method: 'POST',
          headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
          body: search,
        })
      : await fetch(`${this.running.url}/fhir/${path}`, { headers: { authorization } });
    const text = await answer.text();
    this.#notice(caller, text);
    return { status: answer.status, text };
  }

  /** What the one who sees everything is told of all that is current. */
  async everything(): Promise<Everything> {
    const audiences = new Map<Place, readonly string[]>();
    const named = new Map<Place, readonly Place[]>();
    const references = new Map<string, readonly Place[]>();
    const current = new Map(this.versions.map((version) => [`${version.type}/${version.id}`, version]));
    for (const resource of await this.#current()) {
      const place = `${resource.resourceType}/${resource.id ?? ''}`;
      const version = current.get(place);
      const marks = version ? marksOf(version) : isTopic(resource) ? ['public'] : undefined;
      if (!marks) continue;
      audiences.set(place, marks);
      named.set(
        place,
        referencesIn(resource).flatMap(({ reference: { reference } }) => reference ?? []),
      );
      for (const { parameter, values } of indexEntriesOf(resource)) {
        const ends = values.flatMap((value) => (value.type === 'reference' ? [value.value] : []));
        if (ends.length > 0) references.set(`${place} ${parameter.code}`, ends);
      }
    }
    return { audiences, named, references, found: (type, search) => this.#idsOf(type, search) };
  }

  /** Searches of one resource by what it says by itself, by type: of each parameter some, chosen by the dice. */
  async leaves(dice: Dice): Promise<Leaves> {
    const resources = await this.#current();
    return new Map(types.map((type) => [type, leavesOf(type, { of: resources, dice })]));
  }

  async stop(): Promise<void> {
    await this.running.stop();
  }

  /** Words of versions that were told to somebody who may not see those: whatever was asked, there are none. */
  get foreign(): readonly string[] {
    return [...this.#foreign];
  }

  /** What was asked is told back in links; what a resource says stands in its tag. */
  #notice({ client, audience }: Actor['caller'], text: string): void {
    for (const [, word = ''] of text.matchAll(/"code":"(canary-[^"]+)"/g)) {
      const marks = this.#marks.get(word);
      if (!marks || !sees(audience, marks)) this.#foreign.add(`${client}: ${word}`);
    }
  }

  async #keep(): Promise<void> {
    const services = this.running.app.get<Service, Service>(Service, { strict: false, each: true });
    const storeOf = (type: string) => services.find(({ definition }) => definition.name === ownerOf(type))?.store;
    const act = { agent: 'oracle', interaction: 'create', correlationId: 'oracle' };
    for (const version of this.versions) await storeOf(version.type)?.commit([writeOf(version)], act);
  }

  async #current(): Promise<FhirResource[]> {
    const all = await Promise.all(types.map((type) => this.#resources(`${type}?_count=${String(searchable)}`)));
    return all.flat();
  }

  #idsOf(type: string, search: string): Promise<readonly string[]> {
    const path = `${type}?${search}${search === '' ? '' : '&'}_count=${String(searchable)}`;
    const known = this.#found.get(path);
    if (known) return known;
    const found = this.#resources(path).then((resources) => resources.map(({ id = '' }) => id));
    this.#found.set(path, found);
    return found;
  }

  async #resources(path: string): Promise<FhirResource[]> {
    const { status, text } = await this.ask(integrator, path);
    if (status !== 200) throw new Error(`Who sees everything was answered ${String(status)} to ${path}: ${text}`);
    return ((JSON.parse(text) as Bundle<FhirResource>).entry ?? []).flatMap(({ resource }) =>
      resource ? [resource] : [],
    );
  }
}

function leavesOf(type: string, { of, dice }: { of: readonly FhirResource[]; dice: Dice }): Leaf[] {
  const own = of.filter(({ resourceType }) => resourceType === type);
  if (own.length === 0) return [{ name: '_id', text: 'none' }];
  const told = own.flatMap(({ id = '', meta }) => [
    { name: '_id', text: id },
    { name: '_id:not', text: id },
    { name: '_tag', text: meta?.tag?.[0]?.code ?? '' },
    { name: '_tag:not', text: meta?.tag?.[0]?.code ?? '' },
  ]);
  const said = searchParametersOf(type).flatMap(({ code, type: kind, expression, components = [] }) =>
    soughtOf(dice.of(own), { code, type: kind, expression, components: [...components] }),
  );
  return [...told, ...said.map(({ name, text }) => ({ name, text }))];
}

function writeOf({ type, id, number, audience, resource }: Version): Write {
  if (!resource) return { interaction: 'delete', type, id, version: number - 1, audience };
  if (number === 1) return { interaction: 'create', resource, audience };
  return { interaction: 'update', resource, audience, version: number - 1 };
}

/** Where the next page is, below `[base]`. */
export function nextIn({ link = [] }: Bundle): string | undefined {
  return link.find(({ relation }) => relation === 'next')?.url.slice(base.length + 1);
}

/** Marks as the store makes them of a version: organisations, with the label of what is restricted. */
export function marksOf({ audience, resource }: Version): readonly string[] {
  const label = resource?.meta?.security?.find(({ code }) => code === 'R' || code === 'V')?.code;
  return label === undefined ? audience : audience.map((organisation) => `${organisation}#${label}`);
}
