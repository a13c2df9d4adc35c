import type { ElementDefinitionConstraint } from 'fhir/r4';
import { type ElementStructure, type Structures } from '../structures.js';
import { structureUrl } from './base-tree.js';

/** Knows the rules of the base types, which a snapshot repeats. */
export class BaseRules {
  private expressions: Map<string, Set<string>> | undefined;

  constructor(private readonly structures: Structures) {}

  has({ key, source, expression }: ElementDefinitionConstraint): boolean {
    const known = this.known().get(key);
    if (known === undefined) return false;
    return ofEveryElement.has(key) || source?.startsWith(structureUrl) === true || known.has(plain(expression));
  }

  private known(): ReadonlyMap<string, ReadonlySet<string>> {
    if (!this.expressions) {
      this.expressions = new Map();
      for (const type of Object.values(this.structures.types)) collect(type, this.expressions);
    }
    return this.expressions;
  }
}

function collect(
  { constraints = [], elements = [] }: Pick<ElementStructure, 'constraints' | 'elements'>,
  found: Map<string, Set<string>>,
): void {
  for (const { key, expression } of constraints) found.set(key, (found.get(key) ?? new Set()).add(plain(expression)));
  for (const element of elements) collect(element, found);
}

/** Written in other ways by later tools. */
const ofEveryElement = new Set(['ele-1', 'ext-1']);

function plain(expression = ''): string {
  return expression.replace(/\s+/g, '');
}
