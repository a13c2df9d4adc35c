import type { Bundle, SearchParameter } from 'fhir/r4';
import type { World } from '../world.js';
import type { Described } from './sought.js';

/** The served definitions of search parameters, each asked for once. */
export class Definitions {
  readonly #known = new Map<string, SearchParameter | undefined>();

  constructor(private readonly world: World) {}

  /** What the served definition says; parameters about the result have none. */
  async describe(
    type: string,
    { name, definition }: { name: string; definition?: string | undefined },
  ): Promise<Described | undefined> {
    const resource = definition === undefined ? undefined : await this.#at(definition);
    if (!resource) return undefined;
    const components = await Promise.all(
      (resource.component ?? []).map(async ({ definition: part, expression }) => ({
        type: (await this.#at(part))?.type ?? '',
        expression,
      })),
    );
    return { code: name, type: resource.type, expression: narrowed(resource.expression ?? '', type), components };
  }

  /** How many definitions of this canonical are served. */
  async countOf(url: string): Promise<number | undefined> {
    const [, type = ''] = /\/(SearchParameter|OperationDefinition|StructureDefinition)\//.exec(url) ?? [];
    const path = `/fhir/${type}?url=${encodeURIComponent(url)}`;
    return (await this.world.send<Bundle>('integrator', { path })).body.total;
  }

  async #at(url: string): Promise<SearchParameter | undefined> {
    if (!this.#known.has(url)) {
      const path = `/fhir/SearchParameter?url=${encodeURIComponent(url)}`;
      const { body } = await this.world.send<Bundle<SearchParameter>>('integrator', { path });
      this.#known.set(url, body.entry?.[0]?.resource);
    }
    return this.#known.get(url);
  }
}

/** Of `A.x | B.y` what speaks of the type. */
function narrowed(expression: string, type: string): string {
  const parts = expression.split('|').map((part) => part.trim());
  const own = parts.filter((part) => new RegExp(`^\\(?(${type}|Resource|DomainResource)\\b`).test(part));
  return own.length === 0 ? expression : own.join(' | ');
}
