import type { Linter, Rule } from 'eslint';

export const namesItsReader: Rule.RuleModule;
export const readerConfig: Linter.Config & { files: string[]; ignores: string[] };
