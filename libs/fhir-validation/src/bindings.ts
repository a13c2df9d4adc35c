import type { CodeableConcept, Coding } from 'fhir/r4';
import { type Check } from './inspection.js';
import { capitalised, quotedCode } from './quoting.js';
import { type ElementStructure, type Structures } from './structures.js';

/** Holds a sound code, Coding or CodeableConcept against a required value set. https://hl7.org/fhir/R4/terminologies.html#required */
export function bindingRules(element: ElementStructure, type: string, { valueSets }: Structures): Check[] {
  const codes = element.binding === undefined ? undefined : valueSets[element.binding];
  if (element.binding === undefined || codes === undefined) return [];
  const kind = kinds.get(type);
  return kind ? [kind(new AllowedCodes(element.binding, codes))] : [];
}

class AllowedCodes {
  private readonly all: ReadonlySet<string>;
  private readonly bySystem: ReadonlyMap<string, ReadonlySet<string>>;
  private names: boolean | undefined;

  constructor(
    readonly valueSet: string,
    codes: Readonly<Record<string, readonly string[]>>,
  ) {
    this.all = new Set(Object.values(codes).flat());
    this.bySystem = new Map(Object.entries(codes).map(([system, codes]) => [system, new Set(codes)]));
  }

  has(code: string): boolean {
    return this.all.has(code);
  }

  hasCoding({ system, code }: Coding): boolean {
    return system !== undefined && code !== undefined && this.bySystem.get(system)?.has(code) === true;
  }

  quoted(code: unknown): string {
    this.names ??= [...this.all].some((one) => capitalised.test(one));
    return quotedCode(code, { names: this.names });
  }

  get said(): string {
    return this.all.size <= 30
      ? `allowed are ${[...this.all].join(', ')}`
      : `allowed are the codes of ${this.valueSet}`;
  }

  get saidWithSystem(): string {
    return `${this.said} of ${[...this.bySystem.keys()].join(', ')}`;
  }
}

const kinds = new Map<string, (allowed: AllowedCodes) => Check>([
  [
    'code',
    (allowed) => (value, inspection) => {
      if (allowed.has(value as string)) return;
      inspection.fault(
        'code-invalid',
        `The code${allowed.quoted(value)} is not in the required value set: ${allowed.said}.`,
      );
    },
  ],
  [
    'Coding',
    (allowed) => (value, inspection) => {
      if (allowed.hasCoding(value as Coding)) return;
      const code = allowed.quoted((value as Coding).code);
      inspection.fault(
        'code-invalid',
        `The Coding${code} is not in the required value set: ${allowed.saidWithSystem}.`,
      );
    },
  ],
  [
    'CodeableConcept',
    (allowed) => (value, inspection) => {
      const { coding = [] } = value as CodeableConcept;
      if (coding.some((one) => allowed.hasCoding(one))) return;
      const codes = coding
        .slice(0, 3)
        .map(({ code }) => allowed.quoted(code))
        .join('');
      inspection.fault('code-invalid', `No coding${codes} is in the required value set: ${allowed.saidWithSystem}.`);
    },
  ],
]);
