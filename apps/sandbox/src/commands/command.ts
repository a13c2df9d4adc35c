/** A command of `npx ginnel`. */
export interface Command {
  /** Lines of the usage text, such as `audit verify       finds what was taken out`. */
  usage: readonly string[];
  /** Writes its answer to standard output. Resolves with the exit code; throws one sentence. */
  run: (words: readonly string[]) => Promise<number>;
}
