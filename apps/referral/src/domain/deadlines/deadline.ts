import type { Extension, Task } from 'fhir/r4';
import { base } from '../codes.js';

export const deadlineExtension = `${base}/StructureDefinition/deadline`;
export const deadlinePassedExtension = `${base}/StructureDefinition/deadline-passed`;

export const deadlineKinds = [
  'acknowledge',
  'decide',
  'expire',
  'contact',
  'reply',
  'waitlist-review',
  'no-update',
  'cancel-silence',
] as const;
export type DeadlineKind = (typeof deadlineKinds)[number];

/** Until when something is to happen; while `stopped`, the clock stands still since then. */
export interface Deadline {
  kind: DeadlineKind;
  due: Date;
  stopped?: Date;
}

/** The deadlines that a Task holds, those that passed not among them. */
export function deadlinesIn(task: Task | undefined): Deadline[] {
  return (task?.extension ?? []).filter(({ url }) => url === deadlineExtension).flatMap(deadlineOf);
}

/** The Task with these deadlines, and no other. */
export function withDeadlines(task: Task, deadlines: readonly Deadline[]): Task {
  return withExtensions(task, [deadlineExtension], deadlines.map(extensionOf));
}

/** The Task after a deadline passed and that was told: the last of its kind stands there. */
export function withPassed(task: Task, { kind, due }: Deadline, now: Date): Task {
  const others = (task.extension ?? []).filter(
    (one) => one.url === deadlinePassedExtension && partOf(one, 'kind')?.valueCode !== kind,
  );
  const passed: Extension = {
    url: deadlinePassedExtension,
    extension: [
      { url: 'kind', valueCode: kind },
      { url: 'due', valueDateTime: due.toISOString() },
      { url: 'told', valueDateTime: now.toISOString() },
    ],
  };
  return withExtensions(task, [deadlinePassedExtension], [...others, passed]);
}

/** What Ginnel keeps of deadlines in a Task is as it was before, whatever a client sent. */
export function withDeadlinesOf(previous: Task, task: Task): Task {
  const urls = [deadlineExtension, deadlinePassedExtension];
  const kept = (previous.extension ?? []).filter(({ url }) => urls.includes(url));
  return withExtensions(task, urls, kept);
}

/** The Task with these in place of all extensions of these urls. */
export function withExtensions(task: Task, urls: readonly string[], extensions: readonly Extension[]): Task {
  const { extension = [], ...others } = task;
  const all = [...extension.filter(({ url }) => !urls.includes(url)), ...extensions];
  return all.length === 0 ? others : { ...others, extension: all };
}

function deadlineOf(extension: Extension): Deadline[] {
  const code = partOf(extension, 'kind')?.valueCode;
  const kind = deadlineKinds.find((one) => one === code);
  const due = partOf(extension, 'due')?.valueDateTime ?? partOf(extension, 'was-due')?.valueDateTime;
  const stopped = partOf(extension, 'stopped')?.valueDateTime;
  if (kind === undefined || due === undefined) return [];
  return [{ kind, due: new Date(due), ...(stopped === undefined ? {} : { stopped: new Date(stopped) }) }];
}

function extensionOf({ kind, due, stopped }: Deadline): Extension {
  const time = due.toISOString();
  const parts: Extension[] = stopped
    ? [
        { url: 'stopped', valueDateTime: stopped.toISOString() },
        { url: 'was-due', valueDateTime: time },
      ]
    : [{ url: 'due', valueDateTime: time }];
  return { url: deadlineExtension, extension: [{ url: 'kind', valueCode: kind }, ...parts] };
}

function partOf({ extension }: Extension, url: string): Extension | undefined {
  return extension?.find((part) => part.url === url);
}
