import type { CodeableConcept, Coding } from 'fhir/r4';
import type { Terminology } from '#terminology';
import { isFields } from './fields.js';
import { type Structures } from './structures.js';

/** Tells whether value sets hold codes: those of the structures, and behind them those of a terminology. */
export class CodeJudge {
  private readonly kept = new Map<string, Systems | undefined>();

  constructor(
    private readonly structures: Structures,
    private readonly terminology: Terminology | undefined,
  ) {}

  /** Undefined where nobody here can tell. */
  holds(valueSet: string, { system, code }: Coding): boolean | undefined {
    if (code === undefined) return false;
    const systems = this.systemsOf(valueSet.split('|', 1)[0] ?? '');
    if (systems === undefined)
      return this.terminology?.holds(valueSet, system === undefined ? { code } : { system, code });
    if (system !== undefined) return systems.get(system)?.has(code) === true;
    return [...systems.values()].some((codes) => codes.has(code));
  }

  private systemsOf(url: string): Systems | undefined {
    if (!this.kept.has(url)) {
      const systems = Object.hasOwn(this.structures.valueSets, url) ? this.structures.valueSets[url] : undefined;
      const sets = systems && Object.entries(systems).map(([system, codes]) => [system, new Set(codes)] as const);
      this.kept.set(url, sets && new Map(sets));
    }
    return this.kept.get(url);
  }
}

type Systems = ReadonlyMap<string, ReadonlySet<string>>;

/** The codes in a code, a Coding, a CodeableConcept or a Quantity; a concept of words has none. */
export function codingsIn(value: unknown): { codings: readonly Coding[]; needsSystem: boolean } {
  if (typeof value === 'string') return { codings: [{ code: value }], needsSystem: false };
  if (!isFields(value)) return { codings: [], needsSystem: true };
  if ('coding' in value || 'text' in value)
    return { codings: (value as CodeableConcept).coding ?? [], needsSystem: true };
  return { codings: 'code' in value || 'system' in value ? [value] : [], needsSystem: true };
}

/** Whether any of the codes is held: undefined where that cannot be told of one, and none is. */
export function anyHeld(judge: CodeJudge, valueSet: string, value: unknown): boolean | undefined {
  const { codings, needsSystem } = codingsIn(value);
  const answers = codings.map((coding) =>
    needsSystem && coding.system === undefined ? false : judge.holds(valueSet, coding),
  );
  if (answers.includes(true)) return true;
  return answers.includes(undefined) ? undefined : false;
}
