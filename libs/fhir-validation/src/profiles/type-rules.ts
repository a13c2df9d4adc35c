import type { ElementDefinitionType } from 'fhir/r4';
import { isFields } from '../fields.js';
import { type Inspection } from '../inspection.js';
import { structureUrl } from './base-tree.js';
import { type Item, typeIn } from './item.js';
import { type KnownProfiles } from './profile.js';
import { namedType, resolved } from './references.js';

export type ItemCheck = (item: Item, inspection: Inspection) => void;

/** Where the checks of profiles are found. */
export interface ConformityJudge {
  profiles: KnownProfiles;
  /** Reports what of the profile the value does not keep. */
  check(canonical: string, value: unknown, inspection: Inspection): void;
  /** Whether it keeps the profile; nothing is reported. */
  conforms(canonical: string, value: unknown, inspection: Inspection): boolean;
}

/** Holds a value against the types, their profiles and the targets of references that a profile allows. */
export function typeCheck(types: readonly ElementDefinitionType[], by: string, judge: ConformityJudge): ItemCheck {
  const targets = targetCheck(types, by, judge);
  return (item, inspection) => {
    const own = typesFor(item, types);
    if (own.length === 0) {
      const allowed = [...new Set(types.map(({ code }) => code))].join(', ');
      inspection.fault('structure', `Here is a ${typeIn(item) ?? 'value'}; allowed is ${allowed} (${by}).`);
      return;
    }
    const profiles = own.every(({ profile }) => profile) ? own.flatMap(({ profile = [] }) => profile) : [];
    if (own[0]?.code !== 'Extension') checkProfiles(profiles, item, { by, judge, inspection });
    if (isFields(item.value) && ('reference' in item.value || 'type' in item.value)) targets(item, inspection);
  };
}

/** Those of the types that the value may be of. */
export function typesFor(item: Item, types: readonly ElementDefinitionType[]): readonly ElementDefinitionType[] {
  const type = typeIn(item);
  if (type === undefined || types.length === 0) return types.length === 0 ? [{ code: '' }] : types;
  const anyResource = item.suffix === undefined ? ['Resource', 'DomainResource'] : [];
  return types.filter(({ code }) => code.toLowerCase() === type.toLowerCase() || anyResource.includes(code));
}

interface Judging {
  by: string;
  judge: ConformityJudge;
  inspection: Inspection;
}

function checkProfiles(profiles: readonly string[], { value }: Item, { by, judge, inspection }: Judging): void {
  const narrower = profiles.filter((profile) => judge.profiles.usable(profile)?.definition !== undefined);
  // one that is not known here might be the one that it keeps
  if (value === undefined || narrower.length === 0 || narrower.length < profiles.length) return;
  const [only] = narrower;
  if (narrower.length === 1 && only !== undefined) judge.check(only, value, inspection);
  else if (!narrower.some((profile) => judge.conforms(profile, value, inspection))) {
    inspection.fault('structure', `The value keeps none of the profiles ${narrower.join(', ')} (${by}).`);
  }
}

function targetCheck(types: readonly ElementDefinitionType[], by: string, judge: ConformityJudge): ItemCheck {
  const targets = types
    .filter(({ code }) => code === 'Reference')
    .flatMap(({ targetProfile = [structureUrl + 'Resource'] }) => targetProfile);
  const allowed = targets.map((target) => typeOfTarget(target, judge.profiles));
  // where a target is not known here, any type might be its
  if (targets.length === 0 || allowed.some((type) => type === undefined || type === 'Resource')) return () => undefined;
  return ({ value }, inspection) => {
    const type = namedType(value, inspection);
    if (type === undefined) return;
    if (!allowed.includes(type)) {
      const said = [...new Set(allowed)].join(', ');
      inspection.fault('value', `The reference is to ${type}; allowed is ${said} (${by}).`, 'reference');
      return;
    }
    const found = resolved(value, inspection);
    const fitting = targets.filter((_, index) => allowed[index] === type);
    if (!found || fitting.some((target) => judge.conforms(target, found, inspection))) return;
    inspection.fault(
      'structure',
      `The ${type} that is referred to does not keep ${fitting.join(' or ')} (${by}).`,
      'reference',
    );
  };
}

function typeOfTarget(target: string, profiles: KnownProfiles): string | undefined {
  const known = profiles.usable(target)?.type;
  if (known !== undefined) return known;
  const name = target.startsWith(structureUrl) ? target.slice(structureUrl.length) : '';
  return name === 'Resource' || profiles.structures.resourceTypes.includes(name) ? name : undefined;
}
