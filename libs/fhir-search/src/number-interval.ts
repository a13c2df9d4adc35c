import type { SearchPrefix } from './search.js';

/** https://hl7.org/fhir/R4/search.html#number: what a number sought with a prefix covers, both ends included. */
export interface NumberInterval {
  low: number;
  high: number;
}

const form = /^[+-]?\d{1,20}(?:\.(?<fraction>\d{1,20}))?(?:[eE](?<exponent>[+-]?\d{1,3}))?$/;

/** Undefined where the text is no number. */
export function numberInterval(text: string, prefix: SearchPrefix): NumberInterval | undefined {
  const match = form.exec(text);
  const value = Number(text);
  if (match === null || !Number.isFinite(value)) return undefined;
  const half = 0.5 * 10 ** (Number(match.groups?.exponent ?? 0) - (match.groups?.fraction?.length ?? 0));
  return bounds(value, half, prefix);
}

/** 100 means 99.5 up to but not including 100.5; a comparison takes the number as it stands. */
function bounds(value: number, half: number, prefix: SearchPrefix): NumberInterval {
  switch (prefix) {
    case 'eq':
    case 'ne':
      return { low: value - half, high: below(value + half) };
    case 'ap':
      return { low: value - Math.max(Math.abs(value) / 10, half), high: value + Math.max(Math.abs(value) / 10, half) };
    case 'sa':
      // `sa` asks for from >= high and must not find the number itself.
      return { low: value, high: -below(-value) };
    case 'eb':
      return { low: below(value), high: value };
    default:
      return { low: value, high: value };
  }
}

function below(value: number): number {
  return value - Math.max(Math.abs(value) * Number.EPSILON, Number.MIN_VALUE);
}
