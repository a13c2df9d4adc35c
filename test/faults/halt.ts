import { writeSync } from 'node:fs';
import type { ProcessOptions } from './process-options.js';

/** Tells the parent, at once: nothing waits in a buffer when the process is killed. */
export function say(line: string): void {
  writeSync(1, `${line}\n`);
}

/** Stands still for ever when this place is passed for the chosen time; the parent kills the process there. */
export function haltingAt({ halt }: ProcessOptions, place: string): () => void {
  let passed = 0;
  return () => {
    passed += 1;
    if (halt?.at !== place || halt.moment !== passed) return;
    say('halted');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  };
}
