import { text } from 'node:stream/consumers';
import type { Issuer } from '../issuer.js';
import { onClient } from './client-command.js';
import { type CommandInput, type Done, issuerCommands } from './command.js';
import { onUser } from './user-command.js';

const fromProcess: CommandInput = { standardInput: () => text(process.stdin) };

/** Does one command of an operator; throws one sentence, or how the command is written. */
export async function runIssuerCommand(
  issuer: Issuer,
  [name = '', ...words]: readonly string[],
  input: CommandInput = fromProcess,
): Promise<Done> {
  switch (name) {
    case 'client':
      return onClient(issuer, words);
    case 'user':
      return onUser(issuer, words, input);
    case 'keys': {
      if (words[0] !== 'rotate' || words.length > 1) throw new Error(issuerCommands.keys.join('\n'));
      const { kid, signsFrom } = await issuer.keys.rotate();
      return { lines: [`The next key is ${kid}; it signs from ${signsFrom.toISOString()} on.`] };
    }
    default:
      throw new Error(Object.values(issuerCommands).flat().join('\n'));
  }
}
