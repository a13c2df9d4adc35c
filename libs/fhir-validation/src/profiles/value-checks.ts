import type { ElementDefinition, Quantity } from 'fhir/r4';
import { anyHeld, type CodeJudge } from '../codes.js';
import { isFields } from '../fields.js';
import { type Check, type Inspection } from '../inspection.js';
import { quotedCode } from '../quoting.js';
import { expectedOf, isAsExpected, written } from './fixed-value.js';

/** What a profile asks of a value by itself. https://hl7.org/fhir/R4/elementdefinition.html */
export function valueChecks(definition: ElementDefinition, by: string, judge: CodeJudge): Check[] {
  return [expectedCheck(definition, by), lengthCheck(definition, by), ...limitChecks(definition, by)]
    .concat(bindingCheck(definition, by, judge))
    .filter((check) => check !== undefined);
}

function expectedCheck(definition: ElementDefinition, by: string): Check | undefined {
  const expected = expectedOf(definition);
  if (!expected) return undefined;
  const said =
    expected.kind === 'fixed'
      ? `Only ${written(expected.value)} is allowed here (${by}).`
      : `The value must hold ${written(expected.value)} (${by}).`;
  return (value, inspection) => {
    if (value !== undefined && !isAsExpected(value, expected)) inspection.fault('value', said);
  };
}

function lengthCheck({ maxLength }: ElementDefinition, by: string): Check | undefined {
  if (maxLength === undefined) return undefined;
  return (value, inspection) => {
    if (typeof value !== 'string' || value.length <= maxLength) return;
    inspection.fault(
      'value',
      `The value has ${String(value.length)} characters; allowed are ${String(maxLength)} (${by}).`,
    );
  };
}

function limitChecks(definition: ElementDefinition, by: string): (Check | undefined)[] {
  const limits = Object.entries(definition) as [string, unknown][];
  return limits
    .filter(([key]) => /^(?:min|max)Value[A-Z]/.test(key))
    .map(([key, limit]): Check => {
      const isLeast = key.startsWith('min');
      return (value, inspection) => {
        const order = compared(value, limit);
        if (order === undefined || (isLeast ? order >= 0 : order <= 0)) return;
        const shown = isFields(limit) ? String((limit as Quantity).value) : String(limit);
        inspection.fault('value', `The value is ${isLeast ? 'below' : 'above'} what is allowed: ${shown} (${by}).`);
      };
    });
}

/** Below, at or above the limit; undefined where they are not of one kind. */
function compared(value: unknown, limit: unknown): number | undefined {
  if (typeof value === 'number' && typeof limit === 'number') return value - limit;
  if (typeof value === 'string' && typeof limit === 'string') return comparedTimes(value, limit);
  if (!isFields(value) || !isFields(limit)) return undefined;
  const [one, other] = [value as Quantity, limit as Quantity];
  return one.code === other.code && one.system === other.system ? compared(one.value, other.value) : undefined;
}

/** Dates and times of one precision, as far as the shorter goes. */
function comparedTimes(value: string, limit: string): number | undefined {
  const [one, other] = [Date.parse(value), Date.parse(limit)];
  if (!Number.isNaN(one) && !Number.isNaN(other) && value.length === limit.length) return one - other;
  const length = Math.min(value.length, limit.length);
  const [start, least] = [value.slice(0, length), limit.slice(0, length)];
  return start < least ? -1 : Number(start > least);
}

function bindingCheck({ binding }: ElementDefinition, by: string, judge: CodeJudge): Check | undefined {
  if (binding?.valueSet === undefined || !['required', 'extensible'].includes(binding.strength)) return undefined;
  return boundCheck({ valueSet: binding.valueSet, isRequired: binding.strength === 'required', by }, judge);
}

interface Binding {
  valueSet: string;
  isRequired: boolean;
  /** Who asks. */
  by: string;
}

/** Holds codes against a value set: a fault where it is required, a warning where others may stand in. */
export function boundCheck({ valueSet, isRequired, by }: Binding, judge: CodeJudge): Check {
  return (value, inspection) => {
    if (value === undefined || (!isRequired && !inspection.isAskedFor('warning'))) return;
    const held = anyHeld(judge, valueSet, value);
    if (held === true) return;
    if (held === undefined) {
      inspection.remark('not-supported', `Whether the code is in ${valueSet} cannot be told here (${by}).`);
    } else if (isRequired) {
      inspection.fault('code-invalid', `No code${codesOf(value)} is in the required value set ${valueSet} (${by}).`);
    } else warnOfOther(value, { valueSet, by }, inspection);
  };
}

/** Words alone are allowed where no code of the set fits. */
function warnOfOther(value: unknown, { valueSet, by }: Omit<Binding, 'isRequired'>, inspection: Inspection): void {
  const codes = codesOf(value);
  const isWords = isFields(value) && 'text' in value && !('coding' in value);
  if (isWords) return;
  inspection.warn(
    'code-invalid',
    `No code${codes} is in ${valueSet}, which should be used where one of its codes fits (${by}).`,
  );
}

function codesOf(value: unknown): string {
  if (!isFields(value)) return quotedCode(value);
  const codings = Array.isArray(value.coding) ? value.coding.slice(0, 3) : [value];
  return codings.map((coding: unknown) => (isFields(coding) ? quotedCode(coding.code) : '')).join('');
}
