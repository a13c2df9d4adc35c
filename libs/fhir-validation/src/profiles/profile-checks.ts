import type { ElementDefinition } from 'fhir/r4';
import { type CodeJudge } from '../codes.js';
import { expressionCheck } from '../fhirpath-invariant.js';
import { type Fields, isFields } from '../fields.js';
import { type Check, type Inspection } from '../inspection.js';
import { insideResource } from '../resource-check.js';
import { type BaseRules } from './base-rules.js';
import { type ElementJudge } from './discriminators.js';
import { atItem, type Item, itemsOf, ownerIn, segmentOf } from './item.js';
import { type KnownProfiles, type Profile } from './profile.js';
import { childNamed, type ProfileElement } from './profile-tree.js';
import { slicingCheck } from './slicing.js';
import { type ConformityJudge, type ItemCheck, typeCheck } from './type-rules.js';
import { valueChecks } from './value-checks.js';

/** Compiles each profile when it is first asked for, and holds values of sound structure to it. */
export class ProfileChecks implements ConformityJudge {
  private readonly compiled = new Map<string, Check>();

  constructor(
    readonly profiles: KnownProfiles,
    private readonly codes: CodeJudge,
    private readonly baseRules: BaseRules,
  ) {}

  check(canonical: string, value: unknown, inspection: Inspection): void {
    const profile = this.profiles.usable(canonical);
    if (!profile || inspection.stopped || inspection.isTooDeep()) return;
    if (isFields(value) && value.resourceType !== undefined && value !== inspection.resource) {
      insideResource(value, inspection, () => {
        this.of(profile)(value, inspection);
      });
    } else this.of(profile)(value, inspection);
  }

  /** A resource that is being judged already is taken to conform: references may go in circles. */
  conforms(canonical: string, value: unknown, inspection: Inspection): boolean {
    const profile = this.profiles.usable(canonical);
    if (!profile) return false;
    if (isFields(value) && typeof value.resourceType === 'string' && !this.isOfType(value, profile)) return false;
    return inspection.verdictOn(value, profile.url, (quiet) => {
      this.check(canonical, value, quiet);
    });
  }

  private isOfType({ resourceType }: Fields, { type }: Profile): boolean {
    return resourceType === type || ['Resource', 'DomainResource'].includes(type);
  }

  private of(profile: Profile): Check {
    const known = this.compiled.get(profile.url);
    if (known) return known;
    const check = new ProfileCompiler(profile, this, { codes: this.codes, baseRules: this.baseRules }).check();
    this.compiled.set(profile.url, check);
    return check;
  }
}

interface Tools {
  codes: CodeJudge;
  baseRules: BaseRules;
}

class ProfileCompiler {
  private readonly by: string;
  private readonly lazy = new Map<ProfileElement, ItemCheck>();

  constructor(
    private readonly profile: Profile,
    private readonly judge: ConformityJudge,
    private readonly tools: Tools,
  ) {
    this.by = `profile ${profile.url}`;
  }

  check(): Check {
    const { root } = this.profile;
    const below = this.childrenCheck(root);
    const rules = [
      ...valueChecks(root.definition, this.by, this.tools.codes),
      ...this.rulesOf(root.definition, this.profile.type),
    ];
    return (value, inspection) => {
      for (const rule of rules) rule(value, inspection);
      if (isFields(value)) below(value, inspection);
    };
  }

  /** All elements below one: how often each is there, and each value of it. */
  private childrenCheck(element: ProfileElement): (owner: Fields, inspection: Inspection) => void {
    const checks = element.children.map((child) => this.childCheck(child));
    return (owner, inspection) => {
      for (const check of checks) {
        if (inspection.stopped) return;
        check(owner, inspection);
      }
    };
  }

  private childCheck(child: ProfileElement): (owner: Fields, inspection: Inspection) => void {
    const { min = 0, max = '*' } = child.definition;
    const most = max === '*' ? Infinity : Number(max);
    const check = this.itemCheck(child);
    const { profiles } = this.judge;
    const judge = {
      by: this.by,
      profiles,
      check: this.judge.check.bind(this.judge),
      conforms: this.judge.conforms.bind(this.judge),
    };
    const slicing = slicingCheck(child, {
      ...judge,
      keeps: this.keeps.bind(this),
      itemCheck: (element) => this.itemCheck(element),
    });
    const segment = segmentOf(child.name);
    return (owner, inspection) => {
      const items = itemsOf(owner, child.name);
      inspection.enter(segment);
      if (items.length < min) this.reportMissing(child.name, { here: items.length, min }, inspection);
      if (items.length > most) {
        const allowed = most === 0 ? 'none is allowed' : `allowed are ${String(most)}`;
        inspection.fault('structure', `Here are ${String(items.length)} values; ${allowed} (${this.by}).`);
      } else {
        for (const item of items) {
          atItem(item, inspection, () => {
            check(item, inspection);
          });
        }
        slicing?.(items, inspection);
      }
      inspection.leave();
    };
  }

  private reportMissing(name: string, { here, min }: { here: number; min: number }, inspection: Inspection): void {
    const said =
      here === 0 ? 'is required and missing' : `is asked for at least ${String(min)} times, and here ${String(here)}`;
    inspection.fault('required', `The element ${name} ${said} (${this.by}).`);
  }

  /** Compiled when a value is met: elements may repeat themselves below. */
  private itemCheck(element: ProfileElement): ItemCheck {
    return (item, inspection) => {
      let check = this.lazy.get(element);
      if (!check) {
        check = this.compileItem(element);
        this.lazy.set(element, check);
      }
      check(item, inspection);
    };
  }

  private compileItem(element: ProfileElement): ItemCheck {
    const { definition } = element;
    const { type = [], path } = definition;
    const ofType = type.length > 0 ? typeCheck(type, this.by, this.judge) : undefined;
    const rules = [...valueChecks(definition, this.by, this.tools.codes), ...this.rulesOf(definition, path)];
    const below = this.childrenCheck(this.withChildren(element));
    return (item, inspection) => {
      const before = inspection.faults;
      ofType?.(item, inspection);
      if (inspection.faults !== before || inspection.isTooDeep()) return;
      for (const rule of rules) rule(item.value, inspection);
      below(ownerIn(item), inspection);
    };
  }

  /** An element that repeats another has its children. */
  private withChildren(element: ProfileElement): ProfileElement {
    const { contentReference } = element.definition;
    if (contentReference === undefined || element.children.length > 0) return element;
    const [, ...names] = contentReference.slice(contentReference.indexOf('#') + 1).split('.');
    const found = names.reduce<ProfileElement | undefined>(
      (node, name) => node && childNamed(node, name),
      this.profile.root,
    );
    return found ?? element;
  }

  private keeps(element: ProfileElement, item: Item, inspection: Inspection): ReturnType<ElementJudge['keeps']> {
    return inspection.quietly((quiet) => {
      this.itemCheck(element)(item, quiet);
    });
  }

  /** The rules that the profile adds; those of the base types are asked already. */
  private rulesOf({ constraint = [], type = [] }: ElementDefinition, path: string): Check[] {
    const [only] = type;
    const isPart =
      only === undefined || type.length > 1 || ['BackboneElement', 'Element', 'Resource'].includes(only.code);
    const base = isPart ? path.replace(/\[x\]$/, '') : only.code;
    return constraint
      .filter((one) => !this.tools.baseRules.has(one))
      .flatMap(({ key, severity, human, expression }) => {
        if (expression === undefined) return [];
        const rule = { key, human, expression, on: path, ...(severity === 'warning' ? { severity } : {}) };
        const check = expressionCheck(rule, base);
        return [
          (value, inspection) => {
            if (value !== undefined) check(value, inspection);
          },
        ];
      });
  }
}
