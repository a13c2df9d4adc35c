import type { Task } from 'fhir/r4';
import { FhirError } from '#fhir';
import { businessStatus, businessStatuses, businessStatusOf, occurredAtExtension } from '../../src/domain/codes.js';
import { extensionOf } from '../../src/domain/extensions.js';
import { starts } from '../../src/domain/find-turn.js';
import { rollUp } from '../../src/domain/roll-up.js';
import { isEnd } from '../../src/domain/state-before.js';
import { moveTask, type Moved, type Mover } from '../../src/domain/task-transition.js';
import { partTurns, type PartTurn } from '../../src/domain/transitions.js';
import type { Step } from './steps.js';
import { wishOf } from './wishes.js';

/** A wish as it was sent; it may come again. */
interface Sent {
  part: number;
  next: Task;
  mover: Pick<Mover, 'actors' | 'turn'>;
}

/** What one step came to. */
export interface Outcome {
  before: Task;
  /** Absent where it was refused. */
  moved?: Moved;
  refused?: FhirError;
}

const partsAtMost = 40;
const minuteMs = 60_000;

/** A referral with several parts, to which anything may happen. */
export class History {
  parts: Task[] = [newPart(0)];
  parent: Task = { resourceType: 'Task', status: 'requested', intent: 'order', businessStatus: businessStatus('sent') };
  readonly late = new Set<string>();
  readonly #sent: Sent[] = [];
  #now = Date.parse('2026-01-01T00:00:00Z');

  /** `taken` counts each row's turns, over several histories where they share it. */
  constructor(readonly taken = new Map<string, number>()) {}

  /** What became of the step; undefined where it moved no part. */
  take(step: Step): Outcome | undefined {
    this.#now += step.pause * minuteMs + 1;
    if (step.kind === 'ask') this.#ask();
    if (step.kind === 'choose-none') this.#follow({ choiceIsOver: true });
    if (step.kind === 'ask' || step.kind === 'choose-none') return undefined;
    const sent = this.#wish(step);
    if (!sent) return undefined;
    this.#sent.push(sent);
    return this.#deliver(sent);
  }

  #ask(): void {
    if (this.parts.length < partsAtMost) this.parts.push(newPart(this.parts.length));
    this.#follow();
  }

  #follow(how = {}): void {
    this.parent = rollUp(this.parent, this.parts, how);
  }

  #wish(step: Step): Sent | undefined {
    if (step.kind === 'again')
      return this.#sent[this.#sent.length - 1 - (step.pick % Math.max(1, Math.min(50, this.#sent.length)))];
    const part = step.part % this.parts.length;
    const task = this.parts[part];
    if (!task) return undefined;
    const row = step.kind === 'nonsense' ? undefined : this.#rowFor(task, step);
    const next = row ? this.#wished(task, row, step) : nonsense(task, step.pick);
    const actor = step.actor ?? row?.who[step.pick % row.who.length] ?? 'provider';
    return { part, next, mover: { actors: [actor], ...(row?.asked === 'by-id' ? { turn: row.id } : {}) } };
  }

  /** Of what is open to a part mostly what keeps it at work, as most rows are ends; now and then what was taken least so far. */
  #rowFor(task: Task, { kind, pick }: Step): PartTurn | undefined {
    if (kind === 'any') return partTurns[pick % partTurns.length];
    const open = partTurns.filter((row) => starts(row, task));
    if (pick % 4 === 0) return [...open].sort((one, other) => this.#timesTaken(one) - this.#timesTaken(other))[0];
    const working = open.filter(({ to }) => !isEnd(to));
    const rows = working.length === 0 ? open : working;
    return rows[pick % Math.max(1, rows.length)];
  }

  #timesTaken({ id }: PartTurn): number {
    return this.taken.get(id) ?? 0;
  }

  #wished(task: Task, row: PartTurn, { said, whole }: Step): Task {
    const now = new Date(this.#now);
    const at = said === 'nothing' ? undefined : this.#timeOf(task, said);
    return wishOf(task, { row, now, whole, ...(at ? { at } : {}) });
  }

  #timeOf(task: Task, said: 'now' | 'earlier' | 'ahead'): Date {
    const last = Date.parse(extensionOf(task, occurredAtExtension)?.valueDateTime ?? new Date(this.#now).toISOString());
    const times = { now: this.#now, earlier: last - 60 * minuteMs, ahead: this.#now + 6 * minuteMs };
    return new Date(times[said]);
  }

  #deliver({ part, next, mover }: Sent): Outcome | undefined {
    const before = this.parts[part];
    if (!before) return undefined;
    try {
      const moved = moveTask(before, next, { ...mover, now: new Date(this.#now) });
      this.parts = this.parts.map((task, at) => (at === part ? moved.task : task));
      if (moved.transition) {
        this.taken.set(moved.transition.id, this.#timesTaken(moved.transition) + 1);
        this.#follow();
      }
      if (moved.late) this.late.add(moved.late);
      return { before, moved };
    } catch (error) {
      if (error instanceof FhirError) return { before, refused: error };
      throw error;
    }
  }
}

const statuses: readonly Task['status'][] = ['draft', 'ready', 'requested', 'received', 'accepted', 'in-progress'];

function nonsense(task: Task, pick: number): Task {
  const business = businessStatuses[pick % businessStatuses.length] ?? 'sent';
  const status = statuses[pick % statuses.length] ?? 'draft';
  return { ...task, status, businessStatus: businessStatus(business) };
}

function newPart(number: number): Task {
  return {
    resourceType: 'Task',
    id: `part-${String(number)}`,
    status: 'requested',
    intent: 'order',
    businessStatus: businessStatus('sent'),
  };
}

export function stateOf(task: Task): string {
  return `${task.status}/${businessStatusOf(task) ?? ''}`;
}
