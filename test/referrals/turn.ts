import type { Task } from 'fhir/r4';
import { business, type Values } from '../task-turns.js';
import type { Chance } from './chance.js';

/** One turn as an actor takes it: by an operation, by a plain update, or by either. */
export interface Turn {
  name: string;
  by: 'provider' | 'requester';
  /** States in which somebody would think of it. */
  when: RegExp;
  /** The operation and its parameters. */
  operation?: string;
  values?: (chance: Chance) => Values;
  /** What a system without operations writes. */
  plain?: (task: Task, chance: Chance) => Partial<Task>;
  /** It names an Appointment, which is made before. */
  books?: true;
  /** Parts that it makes. */
  parts?: number;
  /** How often it is thought of, beside 10 of the others. */
  weight?: number;
}

export function said(
  task: Task,
  organisation: string,
  { time, text }: { time: string; text: string },
): Pick<Task, 'note'> {
  return {
    note: [...(task.note ?? []), { authorReference: { reference: `Organization/${organisation}` }, time, text }],
  };
}

export function ownerOf({ owner }: Task): string {
  return (owner?.reference ?? '').replace('Organization/', '');
}

export function requesterOf({ requester }: Task): string {
  return (requester?.reference ?? '').replace('Organization/', '');
}

/** Task.status and business status together. */
export function becomes(status: Task['status'], code: string): Partial<Task> {
  return { status, ...business(code) };
}
