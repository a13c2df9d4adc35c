import { readFileSync } from 'node:fs';
import type { SearchParameter } from 'fhir/r4';
import { republish } from '#messaging';
import { heldTypes } from './service-definition.js';
import type { Service } from './service.js';

export const operatorCommands = `npm run operate -- <service> <command>

  dead-letters list [consumer]      what was put aside, without content
  dead-letters inspect <id>         one of them, and how many wait behind it
  dead-letters replay <id>          tries it again, and what it holds
  dead-letters discard <id>         gives it up, and lets what it holds go on
  republish [since, as 2026-11-21]  sends kept events again, for a stream that was lost
  transactions                      what waits for a decision, or for an owner to apply it
  rebuild <consumer>                hears everything anew, for followed copies; stop the service before
  search-parameter load <file>      takes a SearchParameter into use, and begins to index what is stored by it
  search-parameter list             those that were loaded, and whether they are ready
  search-parameter remove <url>     takes one out of use
  reindex [type]                    indexes what is stored again: everything, or one type
  reindex progress                  how far that has come`;

/** Does one command; the answer is printed as it is. Throws one sentence where the command is not known. */
export async function operate(service: Service, [command, ...words]: readonly string[]): Promise<unknown> {
  switch (command) {
    case 'dead-letters':
      return onLetters(service, words);
    case 'transactions':
      return openTransactions(service);
    case 'republish':
      return { republished: await republish(service.database, sinceIn(words[0])) };
    case 'rebuild':
      await service.consumers.rebuild(required(words[0], 'the name of a consumer'));
      return { rebuilding: words[0] };
    case 'search-parameter':
      return onParameters(service, words);
    case 'reindex':
      return reindex(service, words[0]);
    default:
      throw new Error(operatorCommands);
  }
}

async function onParameters({ store: { indexing } }: Service, [verb, word]: readonly string[]): Promise<unknown> {
  switch (verb) {
    case 'load':
      return indexing.load(definitionIn(required(word, 'a file')));
    case 'list':
      return indexing.list();
    case 'remove':
      return { removed: await indexing.remove(required(word, 'the url of a SearchParameter')) };
    default:
      throw new Error(operatorCommands);
  }
}

function definitionIn(file: string): SearchParameter {
  const definition = JSON.parse(readFileSync(file, 'utf8')) as Partial<SearchParameter>;
  if (definition.resourceType === 'SearchParameter' && Array.isArray(definition.base))
    return definition as SearchParameter;
  throw new Error(`${file} holds no SearchParameter.`);
}

/** What the running service does in the background; this only asks for it. */
async function reindex({ store: { indexing }, definition }: Service, word: string | undefined): Promise<unknown> {
  if (word === 'progress') return indexing.progress();
  if (word !== undefined && !heldTypes(definition).includes(word))
    throw new Error(`${definition.name} holds no ${word}.`);
  await indexing.restart(word === undefined ? heldTypes(definition) : [word]);
  return indexing.progress();
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

/** Both settle by themselves when the other service answers again. */
async function openTransactions({ store }: Service): Promise<object> {
  const now = new Date();
  const [reserved, committed] = [await store.reservations.open(now), await store.decisions.open(now)];
  return { reserved, committed };
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
