import { auditCommand } from './audit.js';
import type { Command } from './command.js';
import { personCommand } from './person.js';

/** By the first word. */
export const commands: Readonly<Record<string, Command>> = {
  audit: auditCommand,
  person: personCommand,
};

export function usage(): string {
  const lines = Object.values(commands).flatMap((command) => command.usage);
  return ['npx ginnel <command>', '', ...lines.map((line) => `  ${line}`)].join('\n');
}
