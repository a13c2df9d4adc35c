import { republish } from '#messaging';
import type { Service } from './service.js';

export const operatorCommands = `npm run operate -- <service> <command>

  dead-letters list [consumer]      what was put aside, without content
  dead-letters inspect <id>         one of them, and how many wait behind it
  dead-letters replay <id>          tries it again, and what it holds
  dead-letters discard <id>         gives it up, and lets what it holds go on
  republish [since, as 2026-11-21]  sends kept events again, for a stream that was lost
  rebuild <consumer>                hears everything anew, for followed copies; stop the service before`;

/** Does one command; the answer is printed as it is. Throws one sentence where the command is not known. */
export async function operate(service: Service, [command, ...words]: readonly string[]): Promise<unknown> {
  switch (command) {
    case 'dead-letters':
      return onLetters(service, words);
    case 'republish':
      return { republished: await republish(service.database, sinceIn(words[0])) };
    case 'rebuild':
      await service.consumers.rebuild(required(words[0], 'the name of a consumer'));
      return { rebuilding: words[0] };
    default:
      throw new Error(operatorCommands);
  }
}

async function onLetters({ consumers: { letters } }: Service, [verb, word]: readonly string[]): Promise<unknown> {
  switch (verb) {
    case 'list':
      return letters.list(word === undefined ? {} : { consumer: word });
    case 'inspect':
      return (await letters.inspect(required(word, 'an id'))) ?? { found: false };
    case 'replay':
      return { result: await letters.replay(required(word, 'an id')) };
    case 'discard':
      return { discarded: await letters.discard(required(word, 'an id')) };
    default:
      throw new Error(operatorCommands);
  }
}

function sinceIn(word: string | undefined): { since?: Date } {
  if (word === undefined) return {};
  const since = new Date(word);
  if (Number.isNaN(since.getTime())) throw new Error('since is a date, such as 2026-11-21.');
  return { since };
}

function required(word: string | undefined, what: string): string {
  if (word === undefined) throw new Error(`This command needs ${what}.\n\n${operatorCommands}`);
  return word;
}
