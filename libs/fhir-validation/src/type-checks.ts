import { bindingRules } from './bindings.js';
import { constraintChecks } from './constraint-checks.js';
import { type Check, soundly } from './inspection.js';
import { checkObject } from './object-check.js';
import { checkPrimitive } from './primitives.js';
import { referenceRule } from './references.js';
import { checkContained, checkResource, openResource } from './resource-check.js';
import { type ElementType, type Slot, slotsOf } from './slots.js';
import { codeOf, type ElementStructure, lineageOf, type Structures, type TypeStructure } from './structures.js';

/** What is asked of sound values beyond their structure and its rules. */
export interface FurtherChecks {
  ofResources: readonly Check[];
  /** By type, or by element with children: `Extension`, `Bundle.entry`. */
  ofTypes: Readonly<Record<string, readonly Check[]>>;
  ofCodes: (element: ElementStructure, type: string) => readonly Check[];
}

/** Compiles the check of a type when it is first met: a closure per element, so that a walk reads no definitions. */
export class TypeChecks {
  private readonly compiled = new Map<string, Check>();
  private readonly types: ReadonlyMap<string, TypeStructure>;

  constructor(
    private readonly structures: Structures,
    private readonly more: FurtherChecks,
  ) {
    this.types = new Map(Object.entries(structures.types));
  }

  /** The check of a type (`HumanName`, `Task`), or of an element with children (`Task.restriction`). */
  of(name: string): Check {
    const known = this.compiled.get(name);
    if (known) return known;
    const check = this.compile(name);
    this.compiled.set(name, check);
    return check;
  }

  /** Whether a resource of this type can be checked; false too where R4 has no such type. */
  knows(resourceType: string): boolean {
    const type = this.types.get(resourceType);
    return type?.kind === 'resource' && type.abstract !== true;
  }

  isResourceType(name: string): boolean {
    return this.structures.resourceTypes.includes(name);
  }

  private compile(name: string): Check {
    if (name === 'Resource') return checkResource(this);
    const primitive = this.structures.primitives[name];
    if (primitive) return checkPrimitive(name, primitive.regex);
    const type = this.types.get(name);
    const check = type ? this.wholeOf(name, type) : this.partAt(name);
    return type?.kind === 'resource' ? openResource(soundly(check, this.more.ofResources)) : check;
  }

  private wholeOf(name: string, type: TypeStructure): Check {
    const lineage = lineageOf(name, this.structures);
    const rules = lineage.flatMap((one) => constraintChecks(this.types.get(one)?.constraints, one));
    rules.push(...(this.more.ofTypes[name] ?? []));
    return this.objectOf(this.elementsOf(name), { path: name, type, rules });
  }

  private partAt(path: string): Check {
    const found = this.elementAt(path);
    const rules = [...constraintChecks(found.constraints, path), ...(this.more.ofTypes[path] ?? [])];
    return this.objectOf([...this.elementsOf(found.types?.[0] ?? 'Element'), ...(found.elements ?? [])], {
      path,
      rules,
    });
  }

  private elementAt(path: string): ElementStructure {
    const [type = '', ...names] = path.split('.');
    let elements = this.types.get(type)?.elements;
    let found: ElementStructure | undefined;
    for (const name of names) {
      found = elements?.find((element) => element.name === name);
      elements = found?.elements;
    }
    if (!found) throw new Error(`The structures have neither a type nor an element ${path}.`);
    return found;
  }

  private objectOf(
    elements: readonly ElementStructure[],
    { path, type, rules }: { path: string; type?: TypeStructure; rules: Check[] },
  ): Check {
    const slots = new Map<string, Slot>();
    if (type?.kind === 'resource') slots.set('resourceType', resourceTypeSlot);
    const required: { segment: string; keys: string[] }[] = [];
    for (const element of elements) {
      const found = slotsOf(element, this.typesOf(element, path), this.lazily('Element'));
      for (const [key, slot] of found) slots.set(key, slot);
      if (element.min)
        required.push({ segment: found[0]?.[1].segment ?? element.name, keys: found.map(([key]) => key) });
    }
    const mayHoldIdOnly = type?.kind === 'resource' || path === 'Element';
    return soundly(checkObject({ slots, required, mayHoldIdOnly }), rules);
  }

  private typesOf(element: ElementStructure, path: string): ElementType[] {
    if (element.name === 'contained') return [{ code: 'Resource', isPrimitive: false, check: checkContained(this) }];
    if (element.content !== undefined) return [{ code: '', isPrimitive: false, check: this.lazily(element.content) }];
    if (element.elements) return [{ code: '', isPrimitive: false, check: this.lazily(`${path}.${element.name}`) }];
    return (element.types ?? []).map((type) => {
      const code = codeOf(type, this.structures);
      const rules = [...bindingRules(element, type, this.structures), ...this.more.ofCodes(element, type)];
      if (type === 'Reference') rules.push(referenceRule(element.targets, this.structures));
      rules.push(...constraintChecks(element.constraints, `${path}.${element.name}`));
      return { code, isPrimitive: type in this.structures.primitives, check: soundly(this.lazily(type), rules) };
    });
  }

  /** All elements of a type; a narrower one stands in the place of the one it narrows. */
  private elementsOf(name: string): ElementStructure[] {
    const elements = new Map<string, ElementStructure>();
    for (const type of lineageOf(name, this.structures).reverse()) {
      for (const element of this.types.get(type)?.elements ?? []) elements.set(element.name, element);
    }
    return [...elements.values()];
  }

  private lazily(name: string): Check {
    let check: Check | undefined;
    return (value, inspection) => {
      check ??= this.of(name);
      check(value, inspection);
    };
  }
}

/** Read before the type's check is chosen. */
const resourceTypeSlot: Slot = { segment: 'resourceType', isCompanion: false, check: () => undefined };
