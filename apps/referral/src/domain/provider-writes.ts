import { isDeepStrictEqual } from 'node:util';
import type { Task } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import { contactDueExtension, occurredAtExtension } from './codes.js';
import { elementsKept } from './same-element.js';
import type { Actor } from './transitions.js';

/** The elements in which somebody beside the provider says a turn. */
const ofATurn = ['id', 'meta', 'text', 'status', 'businessStatus', 'statusReason', 'lastModified', 'input'];
const grows = ['note', 'output'] as const;

/**
 * The record of the work is its provider's. Who else takes a turn says the turn, adds a word and what it names, and leaves what
 * the provider wrote.
 */
export function providerWritesKept(previous: Task, next: Task, actors: readonly Actor[]): Issue[] {
  if (actors.includes('provider') || actors.includes('system')) return [];
  const names = new Set([...Object.keys(previous), ...Object.keys(next)] as (keyof Task)[]);
  const fixed = [...names].filter((name) => !ofATurn.includes(name) && !isGrowing(name) && name !== 'extension');
  const lost = grows.filter((element) => !isPrefix(previous[element] ?? [], next[element] ?? []));
  return [
    ...elementsKept([previous, next], fixed, "is its provider's to write."),
    ...lost.map((element) => error('business-rule', `What Task.${element} holds stays; add to it.`, `Task.${element}`)),
    ...elementsKept([extensionOnly(previous), extensionOnly(next)], ['extension'], "is its provider's to write."),
  ];
}

function isGrowing(name: string): boolean {
  return grows.some((element) => element === name);
}

function isPrefix(before: readonly unknown[], after: readonly unknown[]): boolean {
  return isDeepStrictEqual(after.slice(0, before.length), before);
}

/** But for those that a turn itself brings: when it happened, and when the person is contacted next. Their order says nothing. */
function extensionOnly({ extension = [] }: Task): Pick<Task, 'resourceType' | 'extension'> {
  const others = extension.filter(({ url }) => url !== occurredAtExtension && url !== contactDueExtension);
  return { resourceType: 'Task', extension: others.sort((one, other) => one.url.localeCompare(other.url)) };
}
