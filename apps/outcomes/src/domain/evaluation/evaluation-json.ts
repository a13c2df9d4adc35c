import type { Evaluation } from './evaluation.js';

/** The whole evaluation with its evidence, always in the same order. What could not be computed is null, not absent. */
export function evaluationJson(evaluation: Evaluation): string {
  return `${JSON.stringify(evaluation, (_, value: unknown) => (value === undefined ? null : value), 2)}\n`;
}
