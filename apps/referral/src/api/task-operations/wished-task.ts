import type { Annotation, Extension, Task, TaskOutput } from 'fhir/r4';
import type { OperationParameters } from '#fhir-server';
import {
  businessStatus,
  type BusinessStatus,
  businessStatusOf,
  occurredAtExtension,
  taskOutputSystem,
} from '../../domain/codes.js';
import { becauseOf, reasonMeant } from '../../domain/status-reasons.js';
import { saidOf } from '../../domain/turn-time.js';
import type { Asked, TaskTurn } from './task-turn.js';

/** The Task that the turn asks for, with when it happened and what was said of it. The same asked again is the same Task. */
export function wishedTask(task: Task, turn: TaskTurn, asked: Asked): Task {
  const wished = turn.wish(task, asked);
  const isRepeated = wished.status === task.status && businessStatusOf(wished) === businessStatusOf(task);
  if (turn.isEdit === true) return withNote(wished, asked, isRepeated);
  const meant = isRepeated ? becauseOf(wished, reasonMeant(task.statusReason, wished.statusReason)) : wished;
  return withNote(dated(meant, asked, isRepeated), asked, isRepeated);
}

/** The Task at its next turn: a reason explains the present state only, so that none is kept from the last one. */
export function turned(task: Task, status: Task['status'], business: BusinessStatus, more: Partial<Task> = {}): Task {
  const next: Task = { ...task, status, businessStatus: businessStatus(business), ...more };
  if (more.statusReason === undefined) delete next.statusReason;
  return next;
}

type Change = readonly [url: string, value: Omit<Extension, 'url'> | undefined];

/** With these extensions where those of the same address stood; one without a value is taken away. */
export function withExtensions(task: Task, changes: readonly Change[]): Task {
  const { extension: before = [], ...rest } = task;
  const values = new Map(changes);
  const said = (url: string): Extension[] => {
    const value = values.get(url);
    return value === undefined ? [] : [{ url, ...value }];
  };
  const isFirst = (one: Extension, at: number): boolean => before.findIndex(({ url }) => url === one.url) === at;
  const kept = before.flatMap((one, at) => (values.has(one.url) ? (isFirst(one, at) ? said(one.url) : []) : [one]));
  const fresh = [...values.keys()].filter((url) => !before.some((one) => one.url === url)).flatMap(said);
  const extension = [...kept, ...fresh];
  return extension.length === 0 ? rest : { ...rest, extension };
}

/** With these outputs in the place of those of the same kind; of a kind that none is given of, all stay. */
export function withOutputs(task: Task, outputs: Readonly<Record<string, readonly Omit<TaskOutput, 'type'>[]>>): Task {
  const given = Object.entries(outputs).filter(([, values]) => values.length > 0);
  const codeOf = ({ type }: TaskOutput) => type.coding?.find(({ system }) => system === taskOutputSystem)?.code;
  const others = (task.output ?? []).filter((one) => !given.some(([code]) => code === codeOf(one)));
  const fresh = given.flatMap(([code, values]) =>
    values.map((value) => ({ type: { coding: [{ system: taskOutputSystem, code }] }, ...value })),
  );
  return fresh.length === 0 ? task : { ...task, output: [...others, ...fresh] };
}

/** Where nothing is said of it, the turn itself says when it was. */
function dated(task: Task, { given }: Asked, isRepeated: boolean): Task {
  const occurredAt = given.value('occurredAt', 'DateTime');
  if (occurredAt === undefined) return task;
  return withExtensions(task, [[occurredAtExtension, { valueDateTime: saidOf(task, occurredAt, { isRepeated }) }]]);
}

function withNote(task: Task, asked: Asked, isRepeated: boolean): Task {
  const text = asked.given.value('note', 'String');
  const { note = [] } = task;
  if (text === undefined) return task;
  const [last, next] = [note.at(-1), noteOf(text, task, asked)];
  const isThere = last?.text === text && last.authorReference?.reference === next.authorReference?.reference;
  return isRepeated && isThere ? task : { ...task, note: [...note, next] };
}

function noteOf(text: string, { owner }: Task, { given, now, organisation }: Asked): Annotation {
  const own = organisation === undefined ? owner : { reference: `Organization/${organisation}` };
  const author = given.value('author', 'Reference') ?? own;
  const time = given.value('occurredAt', 'DateTime') ?? now.toISOString();
  return { ...(author ? { authorReference: author } : {}), time, text };
}

/** The reason in words, where they are given. */
export function wordsOf(given: OperationParameters): { text?: string } {
  const text = given.value('reasonText', 'String');
  return text === undefined ? {} : { text };
}
