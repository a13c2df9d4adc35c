import { tableShapeOf } from './layout.js';
import { wantIndex } from './search-index.js';

/** Statements that make, or complete, the tables of these types and note by what they are to be indexed; may be run again. */
export function shapeOf(types: readonly string[]): string[] {
  return [...tableShapeOf(types), ...types.map(wantIndex)];
}
