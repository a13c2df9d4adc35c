import { readFileSync } from 'node:fs';
import type { StructureDefinition } from 'fhir/r4';
import { type Structures } from '../structures.js';
import { baseTree, structureUrl } from './base-tree.js';
import { type KnownProfiles, type Profile, type RefusedProfile } from './profile.js';
import { treeOf } from './profile-tree.js';
import { snapshotOf } from './snapshot.js';

/** Of the base types. */
const fhirVersion = '4.0.1';

/** The profiles and extensions that are known: those given, and behind them those that the build keeps. */
export class ProfileRegistry implements KnownProfiles {
  private readonly given: ReadonlyMap<string, StructureDefinition>;
  private built: ReadonlyMap<string, StructureDefinition> | undefined;
  private readonly profiles = new Map<string, Profile | RefusedProfile>();
  private readonly open = new Set<string>();

  constructor(
    readonly structures: Structures,
    definitions: readonly StructureDefinition[],
  ) {
    this.given = new Map(definitions.map((definition) => [definition.url, definition]));
  }

  /** By canonical, with or without a version; undefined where it, or that version of it, is not here. Only what is here is kept. */
  find(canonical: string): Profile | RefusedProfile | undefined {
    const [url = '', version] = canonical.split('|', 2);
    const definition = this.isBase(url) ? undefined : this.definitionOf(url);
    if (version !== undefined && version !== (definition ? definition.version : fhirVersion)) return undefined;
    const known = this.profiles.get(url);
    if (known) return known;
    const found = definition ? this.compile(definition) : this.base(url);
    if (found && !this.open.has(url)) this.profiles.set(url, found);
    return found;
  }

  /** How many were read so far. */
  get kept(): number {
    return this.profiles.size;
  }

  /** The profile, where it is here and can be checked. */
  usable(canonical: string): Profile | undefined {
    const found = this.find(canonical);
    return found && 'root' in found ? found : undefined;
  }

  private compile(definition: StructureDefinition): Profile | RefusedProfile {
    const { url, type } = definition;
    if (this.open.has(url)) return { refused: `The bases of ${url} go in a circle.` };
    this.open.add(url);
    const root = treeOf(definition.snapshot?.element ?? []) ?? snapshotOf(definition, this);
    this.open.delete(url);
    return 'refused' in root ? root : { url, type, definition, root };
  }

  private isBase(url: string): boolean {
    return url.startsWith(structureUrl) && Object.hasOwn(this.structures.types, url.slice(structureUrl.length));
  }

  private base(url: string): Profile | undefined {
    if (!this.isBase(url)) return undefined;
    const type = url.slice(structureUrl.length);
    const root = baseTree(type, this.structures);
    return root && { url, type, definition: undefined, root };
  }

  private definitionOf(url: string): StructureDefinition | undefined {
    const found = this.given.get(url);
    if (found) return found;
    this.built ??= readBuilt();
    return this.built.get(url);
  }
}

function readBuilt(): Map<string, StructureDefinition> {
  const file = new URL('../../generated/profiles.json', import.meta.url);
  const { definitions } = JSON.parse(readFileSync(file, 'utf8')) as { definitions: StructureDefinition[] };
  return new Map(definitions.map((definition) => [definition.url, definition]));
}
