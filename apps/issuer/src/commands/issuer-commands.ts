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
    case 'keys':
      return onKeys(issuer, words);
    default:
      throw new Error(Object.values(issuerCommands).flat().join('\n'));
  }
}

async function onKeys({ keys }: Issuer, [verb, ...words]: readonly string[]): Promise<Done> {
  if ((verb !== 'rotate' && verb !== 'drop') || words.length > 0) throw new Error(issuerCommands.keys.join('\n'));
  const { kid, signsFrom } = await (verb === 'rotate' ? keys.rotate() : keys.drop());
  const next = `The next key is ${kid}; it signs from ${signsFrom.toISOString()} on.`;
  return {
    lines: verb === 'rotate' ? [next] : [next, 'What older keys signed ends within a minute; clients ask again.'],
  };
}
