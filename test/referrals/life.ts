import type { Appointment, Bundle, FhirResource, Patient, ServiceRequest, Task } from 'fhir/r4';
import { takeBackMessage } from '#client';
import { extension, output, parameters } from '../task-turns.js';
import { activities, type Practice, practices, providers } from './cast.js';
import type { Chance } from './chance.js';
import type { Ask, Courier } from './courier.js';
import { providerTurns } from './provider-turns.js';
import { requesterTurns } from './requester-turns.js';
import { type Begun, Sender } from './sending.js';
import { isEnd, stateOf } from './states.js';
import { ownerOf, type Turn } from './turn.js';

type Common = Pick<Ask, 'by' | 'what' | 'referral' | 'makes'> & { target: string };

const turns = [...providerTurns, ...requesterTurns];

/** How one referral is sent, worked on, forgotten, told of late and ended. */
export class Life {
  readonly practice: Practice;
  begun: Begun | undefined;
  /** Some providers do not look for a while. */
  readonly #isForgotten: boolean;
  /** Some people answer no call. */
  readonly #isOutOfReach: boolean;
  #attempts = 0;

  constructor(
    readonly referral: number,
    private readonly courier: Courier,
    private readonly chance: Chance,
  ) {
    this.practice = chance.oneOf(practices);
    this.#isForgotten = chance.happens(12);
    this.#isOutOfReach = chance.happens(8);
  }

  async begin(): Promise<void> {
    const { referral, practice } = this;
    const sender = new Sender(this.courier, this.chance);
    for (let tries = 0; tries < 3 && !this.begun; tries += 1) {
      // One of them is never full.
      const among = tries < 2 ? activities : activities.slice(0, 1);
      this.begun = await sender.send({ referral, practice, activity: this.chance.oneOf(among) });
    }
    if (!this.begun) return;
    if (this.chance.happens(70)) await this.goOn(2);
  }

  /** So many turns at most, of whoever thinks of one. */
  async goOn(steps: number): Promise<void> {
    if (!this.begun || this.#isForgotten) return;
    if (this.#isOutOfReach) {
      await this.#attempt();
      return;
    }
    for (let step = 0; step < steps; step += 1) {
      if (this.chance.happens(3)) await this.#takeBack(this.chance.happens(75) ? 'revoked' : 'entered-in-error');
      else if (this.chance.happens(1)) await this.#die();
      else await this.#turn();
    }
  }

  /** Everything that is open is brought to an end, by its provider, or by the requester where nobody is left. */
  async end(): Promise<void> {
    for (let tries = 0; this.begun && tries < 8; tries += 1) {
      const open = (await this.#parts()).filter((part) => !isEnd(part));
      if (open.length === 0) break;
      for (const part of open) await this.#take(endOf(part), part);
    }
    if (this.begun && this.chance.happens(60)) await this.#takeBack('revoked');
  }

  /** One call after the other, on different days, until the provider gives up. */
  async #attempt(): Promise<void> {
    this.#attempts += 1;
    for (const part of (await this.#parts()).filter((one) => !isEnd(one))) {
      if (this.#attempts === 1) await this.#take(turnOf('accept'), part);
      await this.#take(turnOf('try to contact'), part);
      if (this.#attempts > 3) await this.#take(turnOf('give up after attempts'), part);
    }
  }

  async #turn(): Promise<void> {
    const parts = await this.#parts();
    if (parts.length === 0) return;
    const open = parts.filter((part) => !isEnd(part));
    const part = this.chance.oneOf(open.length > 0 && this.chance.happens(90) ? open : parts);
    const thought = turns.filter(({ when }) => when.test(stateOf(part)));
    const isWild = thought.length === 0 || this.chance.happens(6);
    await this.#take(this.chance.oneOf(isWild ? turns : weighted(thought)), part);
  }

  async #take(turn: Turn, part: Task): Promise<void> {
    const client = turn.by === 'requester' ? this.practice.client : clientOf(part);
    const common = { by: client, what: turn.name, referral: this.referral, target: part.id ?? '' };
    const ask = await this.#asked(turn, part, common);
    await this.courier.write(ask, this.chance.random);
  }

  async #asked(turn: Turn, part: Task, common: Common): Promise<Ask> {
    const makes = turn.parts === undefined ? {} : { makes: { requests: 0, parts: turn.parts } };
    const asked = { ...common, ...makes };
    // Some tell today what was two days ago.
    const time = turn.parts === undefined && this.chance.happens(5) ? this.chance.at(-2) : undefined;
    const isOperation = turn.operation !== undefined && (!turn.plain || this.chance.happens(60));
    return isOperation ? this.#operation(turn, asked, time) : this.#update(turn, part, { asked, time });
  }

  #operation({ operation = '', values }: Turn, asked: Common, time: string | undefined): Ask {
    const dated = time === undefined ? {} : { occurredAt: { valueDateTime: time } };
    const body = parameters({ ...values?.(this.chance), ...dated });
    return { ...asked, method: 'POST', path: `/Task/${asked.target}/$${operation}`, body };
  }

  /** What a system without operations does: it reads, changes and writes back. */
  async #update(
    { plain, books }: Turn,
    part: Task,
    { asked, time }: { asked: Common; time: string | undefined },
  ): Promise<Ask> {
    const path = `/Task/${asked.target}`;
    const read = await this.courier.read<FhirResource>(asked.by, path);
    const task = read.resourceType === 'Task' ? read : part;
    const booked = books ? await this.#booked(task, asked) : {};
    const changed: Task = { ...task, ...plain?.(task, this.chance), ...booked };
    const body = time === undefined ? changed : withTime(changed, time);
    const headers = this.chance.happens(50) ? { 'if-match': `W/"${task.meta?.versionId ?? '1'}"` } : {};
    return { ...asked, method: 'PUT', path, body, headers };
  }

  /** The output that names a session, once it is booked. */
  async #booked({ for: subject, focus, output: outputs = [] }: Task, { by, referral }: Common): Promise<Partial<Task>> {
    const body: Appointment = {
      resourceType: 'Appointment',
      status: 'booked',
      start: this.chance.at(3),
      end: this.chance.at(3.05),
      basedOn: [focus ?? {}],
      participant: [{ actor: subject ?? {}, status: 'accepted' }],
    };
    const ask: Ask = { by, what: 'book a session', referral, method: 'POST', path: '/Appointment', body };
    const made = await this.courier.write<Appointment>(ask, this.chance.random);
    if (!made.isTaken) return {};
    const valueReference = { reference: `Appointment/${made.body.id ?? ''}` };
    return { output: [...outputs, output('appointment', { valueReference })] };
  }

  async #takeBack(as: 'revoked' | 'entered-in-error'): Promise<void> {
    const { begun, referral, practice } = this;
    if (!begun) return;
    const path = `/ServiceRequest/${begun.request}`;
    const wish = await this.courier.read<ServiceRequest>(practice.client, path);
    const common = { by: practice.client, what: `take back as ${as}`, referral };
    if (begun.message && this.chance.happens(60)) {
      const body = takeBackMessage(begun.message, { serviceRequest: wish, as, now: new Date(this.chance.at()) });
      const ask: Ask = { ...common, method: 'POST', path: '/$process-message', body, byRequestId: true };
      await this.courier.write(ask, this.chance.random);
    } else {
      await this.courier.write({ ...common, method: 'PUT', path, body: { ...wish, status: as } }, this.chance.random);
    }
  }

  async #die(): Promise<void> {
    const { begun, referral, practice } = this;
    const path = `/Patient/${begun?.patient ?? ''}`;
    const person = await this.courier.read<Patient>(practice.client, path);
    const body = { ...person, deceasedDateTime: this.chance.on(0) };
    const ask: Ask = { by: practice.client, what: 'record the death', referral, method: 'PUT', path, body };
    await this.courier.write(ask, this.chance.random);
  }

  /** All parts, of wishes that replace the first one too, as the requester sees them. */
  async #parts(): Promise<Task[]> {
    const path = `/Task?patient=Patient/${this.begun?.patient ?? ''}&part-of:missing=false&code=fulfill&_count=50`;
    const found = await this.courier.read<Bundle<Task>>(this.practice.client, path);
    return (found.entry ?? []).flatMap(({ resource }) => (resource ? [resource] : []));
  }
}

function weighted(thought: readonly Turn[]): Turn[] {
  return thought.flatMap((turn) => Array.from({ length: turn.weight ?? 10 }, () => turn));
}

function clientOf(part: Task): string {
  return providers.find(({ organisation }) => organisation === ownerOf(part))?.client ?? 'living';
}

function withTime(task: Task, at: string): Task {
  const others = (task.extension ?? []).filter(({ url }) => !url.endsWith('/occurred-at'));
  return { ...task, extension: [...others, extension('occurred-at', { valueDateTime: at })] };
}

/** What ends a part from where it stands. */
function endOf(part: Task): Turn {
  const state = stateOf(part);
  const name = state.endsWith('/cancel-requested')
    ? 'confirm the cancellation'
    : state === 'on-hold/death-reported'
      ? 'hear for certain that the person has died'
      : /^(requested|received)/.test(state)
        ? 'reject'
        : 'complete';
  return turnOf(name);
}

function turnOf(name: string): Turn {
  const turn = turns.find((one) => one.name === name);
  if (!turn) throw new Error(`There is no turn ${name}.`);
  return turn;
}
