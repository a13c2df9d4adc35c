import type { ValueSet } from 'fhir/r4';
import { Catalogue, entriesOf, type TerminologyResource } from './catalogue.js';
import type { CodeGroup } from './code-group.js';
import type { CodeSystemIndex } from './code-system-index.js';
import { Composer } from './compose.js';
import { specificationCatalogue } from './specification.js';
import type { SystemCode, Terminology } from './terminology.js';

/** The terminology of the specification, and these resources beside it. Nothing is read before it is asked for. */
export function createTerminology(resources: readonly TerminologyResource[] = []): LoadedTerminology {
  return new LoadedTerminology(() => new Catalogue(entriesOf(resources), specificationCatalogue()));
}

/** Value sets and code systems in memory. */
export class LoadedTerminology implements Terminology {
  #made: { catalogue: Catalogue; composer: Composer } | undefined;

  constructor(private readonly make: () => Catalogue) {}

  /** The same and these; of one canonical and version, what is here already stands. */
  with(resources: readonly TerminologyResource[]): LoadedTerminology {
    return new LoadedTerminology(() => new Catalogue(entriesOf(resources), this.#parts.catalogue));
  }

  holds(valueSet: string, { system, code }: { system?: string; code: string }): boolean | undefined {
    return this.#parts.composer.named(valueSet)?.has(code, system);
  }

  codesOf(valueSet: string): readonly SystemCode[] | undefined {
    return this.#parts.composer
      .named(valueSet)
      ?.list()
      ?.map(({ system, code }) => ({ system, code }));
  }

  below({ system, code }: SystemCode): readonly string[] | undefined {
    const index = this.codeSystem(system);
    return index?.subsumes === true ? index.below(code) : undefined;
  }

  above({ system, code }: SystemCode): readonly string[] | undefined {
    const index = this.codeSystem(system);
    return index?.subsumes === true ? index.above(code) : undefined;
  }

  /** The value set of a canonical, as it was written. */
  valueSet(canonical: string): ValueSet | undefined {
    return this.#parts.catalogue.valueSet(canonical);
  }

  codeSystem(canonical: string): CodeSystemIndex | undefined {
    return this.#parts.catalogue.codeSystem(canonical);
  }

  /** The codes of a canonical's value set, or of one that is given itself. */
  group(valueSet: string | ValueSet): CodeGroup | undefined {
    const { composer } = this.#parts;
    return typeof valueSet === 'string' ? composer.named(valueSet) : composer.groupOf(valueSet);
  }

  get #parts(): { catalogue: Catalogue; composer: Composer } {
    if (this.#made) return this.#made;
    const catalogue = this.make();
    return (this.#made = { catalogue, composer: new Composer(catalogue) });
  }
}
