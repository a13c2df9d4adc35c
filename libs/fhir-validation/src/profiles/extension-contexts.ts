import type { StructureDefinitionContext } from 'fhir/r4';
import { isFields } from '../fields.js';
import { type Inspection } from '../inspection.js';
import { codeOf, type ElementStructure, lineageOf, type Structures } from '../structures.js';

/** Tells whether an extension may stand where the walk is. https://hl7.org/fhir/R4/defining-extensions.html#context */
export class ExtensionContexts {
  constructor(private readonly structures: Structures) {}

  allow(contexts: readonly StructureDefinitionContext[], inspection: Inspection): boolean {
    const { resource } = inspection;
    const type = isFields(resource) ? resource.resourceType : undefined;
    if (typeof type !== 'string') return true;
    const names = inspection.namesInResource().slice(0, -1);
    const places = this.placesOf(type, names);
    return contexts.some((context) => this.allows(context, { places, names }));
  }

  private allows(
    { type, expression }: StructureDefinitionContext,
    { places, names }: { places: ReadonlySet<string>; names: readonly string[] },
  ): boolean {
    // where its own path is asked, the profile around an extension has said whether it may stand there
    if (type === 'fhirpath') return true;
    if (type === 'extension') return names.at(-1) === 'extension' || names.at(-1) === 'modifierExtension';
    const place = expression.slice(expression.indexOf('#') + 1).replace(/\[x\]/g, '');
    return places.has(place) || place === 'Element';
  }

  /** Every way to say where an element is: by its path, by that in the types on the way, and by its type and its bases. */
  private placesOf(resourceType: string, names: readonly string[]): ReadonlySet<string> {
    let at: Step = { paths: [resourceType], types: [resourceType], elements: this.elementsOf(resourceType) };
    for (const name of names) at = this.step(at, name);
    return new Set([...at.paths, ...at.types.flatMap((type) => lineageOf(type, this.structures))]);
  }

  private step({ paths, types, elements }: Step, name: string): Step {
    const element = elements.find((one) => one.name === name || one.name === `${name}[x]`);
    const own = [...paths, ...types].map((path) => `${path}.${name}`);
    if (element?.content !== undefined) return this.at(element.content);
    if (!element) return { paths: own, types: [], elements: [] };
    const found = (element.types ?? []).map((type) => codeOf(type, this.structures));
    const inherited = found.flatMap((type) => this.elementsOf(type));
    return { paths: [...new Set(own)], types: found, elements: [...inherited, ...(element.elements ?? [])] };
  }

  /** The step at a path of the specification: `Questionnaire.item`. */
  private at(path: string): Step {
    const [type = '', ...names] = path.split('.');
    let at: Step = { paths: [type], types: [type], elements: this.elementsOf(type) };
    for (const name of names) at = this.step(at, name);
    return at;
  }

  private elementsOf(type: string): readonly ElementStructure[] {
    return lineageOf(type, this.structures).flatMap((one) => this.structures.types[one]?.elements ?? []);
  }
}

interface Step {
  paths: readonly string[];
  types: readonly string[];
  elements: readonly ElementStructure[];
}
