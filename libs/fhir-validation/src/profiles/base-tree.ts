import type { ElementDefinition } from 'fhir/r4';
import { codeOf, type ElementStructure, lineageOf, type Structures } from '../structures.js';
import { nodeOf, type ProfileElement } from './profile-tree.js';

export const structureUrl = 'http://hl7.org/fhir/StructureDefinition/';

/** The elements of a base type, as a profile that asks for nothing more. */
export function baseTree(type: string, structures: Structures): ProfileElement | undefined {
  if (structures.types[type] === undefined) return undefined;
  const root = nodeOf({ path: type, min: 0, max: '*' });
  return { ...root, children: childrenOf(type, { path: type, structures }) };
}

interface Place {
  path: string;
  structures: Structures;
}

/** The elements that a value of this type has, at a path of any profile. */
export function childrenOf(type: string, { path, structures }: Place): ProfileElement[] {
  const elements = new Map<string, ElementStructure>();
  for (const one of lineageOf(type, structures).reverse()) {
    for (const element of structures.types[one]?.elements ?? []) elements.set(element.name, element);
  }
  return [...elements.values()].map((element) => elementNode(element, { path, structures }));
}

function elementNode(element: ElementStructure, { path, structures }: Place): ProfileElement {
  const place = { path: `${path}.${element.name}`, structures };
  const node = nodeOf(definitionOf(element, place));
  const inherited = element.elements ? childrenOf(element.types?.[0] ?? 'Element', place) : [];
  return { ...node, children: [...inherited, ...(element.elements ?? []).map((one) => elementNode(one, place))] };
}

function definitionOf(
  { min = 0, max = 1, types = [], targets, content }: ElementStructure,
  { path, structures }: Place,
): ElementDefinition {
  const type = types.map((one) => ({
    code: codeOf(one, structures),
    ...(targets && one === 'Reference' ? { targetProfile: targets.map((target) => structureUrl + target) } : {}),
  }));
  return { path, min, max: String(max), type, ...(content === undefined ? {} : { contentReference: `#${content}` }) };
}
