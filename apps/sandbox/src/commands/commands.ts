import { auditCommand } from './audit.js';
import type { Command } from './command.js';
import { clientCommand, keysCommand, userCommand } from './issuer.js';
import { personCommand } from './person.js';
import { tokenCommand } from './token.js';

/** By the first word. */
export const commands: Readonly<Record<string, Command>> = {
  audit: auditCommand,
  client: clientCommand,
  keys: keysCommand,
  person: personCommand,
  token: tokenCommand,
  user: userCommand,
};

export function usage(): string {
  const lines = Object.values(commands).flatMap((command) => command.usage);
  return ['npx ginnel <command>', '', ...lines.map((line) => `  ${line}`)].join('\n');
}
