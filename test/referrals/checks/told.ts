import type { Task } from 'fhir/r4';
import { isTold, whySilent } from '../../../apps/referral/src/domain/feedback/told.js';
import { businessStatusOf } from '../../../apps/referral/src/domain/codes.js';
import { isTriggeredBy, topics } from '../../../apps/subscriptions/src/domain/topics.js';
import { practices } from '../cast.js';
import { type Facts, type History, now, type Version } from '../facts.js';
import { grouped } from '../grouped.js';
import type { Listener, Response, Told } from '../listener.js';
import { stateOf } from '../states.js';
import { requesterOf } from '../turn.js';

const topic = topics.find(({ code }) => code === 'referral-status-changed');

const eventsOfTasks = `
  SELECT v.content::jsonb #>> '{requester,reference}' AS requester, o.type AS event, count(*)::int AS count
  FROM referral.outbox o JOIN referral.every_version v
    ON v.type = o.resource_type AND v.id = o.resource_id AND v.version = o.version
  WHERE o.resource_type = 'Task' GROUP BY 1, 2`;

/** What the practices' systems were told, against what became of their referrals. */
export class ToldCheck {
  readonly #told: ReadonlyMap<string, readonly Told[]>;
  readonly #versions: ReadonlyMap<string, Told>;
  readonly #responses: ReadonlyMap<string, readonly Response[]>;

  constructor(
    private readonly listener: Listener,
    /** Bundle.ids of the messages by which wishes came. */
    private readonly messages: ReadonlyMap<string, string>,
  ) {
    this.#told = grouped(
      once(listener.told, ({ client, number }) => `${client} ${String(number)}`),
      ({ client }) => client,
    );
    this.#versions = new Map(listener.told.map((one) => [`${one.client} ${one.version}`, one]));
    this.#responses = grouped(
      once(listener.responses, ({ bundle }) => bundle),
      ({ task }) => task,
    );
  }

  /** A wish whose turns were not all told, or whose end was told otherwise. */
  of({ request, parents, parts }: History): string[] {
    const message = this.messages.get(request);
    return [
      ...[...parents, ...parts].flatMap((versions) => this.#notified(versions)),
      ...(message === undefined ? [] : parts.flatMap((versions) => this.#answered(versions))),
    ];
  }

  /** Numbers that never came, and more than there were. */
  async numbers(facts: Facts): Promise<string[]> {
    const counted = await facts.rows<{ requester: string; event: string; count: number }>(eventsOfTasks);
    const events = counted.filter(({ event }) => topic && isTriggeredBy(topic, event));
    return practices.flatMap(({ client, organisation }) => {
      const own = events.filter(({ requester }) => requester === `Organization/${organisation}`);
      const expected = own.reduce((sum, { count }) => sum + count, 0);
      const known = new Set((this.#told.get(client) ?? []).map(({ number }) => number));
      const missing = Array.from({ length: expected }, (_, at) => at + 1).filter((number) => !known.has(number));
      const beyond = [...known].filter((number) => number > expected);
      return [
        ...missing.map((number) => `notification ${String(number)} of ${client} never came`),
        ...beyond.map(
          (number) => `notification ${String(number)} of ${client} is more than its ${String(expected)} events`,
        ),
      ];
    });
  }

  /** Versions of one Task that came before their elders. */
  order(): string[] {
    return [...this.#told.values()].flatMap((told) => {
      const last = new Map<string, number>();
      return told.flatMap(({ version }) => {
        const [, id = '', number = ''] = version.split('/');
        const before = last.get(id) ?? 0;
        last.set(id, Math.max(before, Number(number)));
        return Number(number) > before ? [] : [`${version} came after version ${String(before)}`];
      });
    });
  }

  #notified(versions: readonly Version[]): string[] {
    const task = now(versions);
    const client = practices.find(({ organisation }) => task && requesterOf(task) === organisation)?.client;
    if (!task || client === undefined) return [`Task/${versions[0]?.id ?? ''} has no requester that is known`];
    const told = versions.filter(({ event }) => topic && isTriggeredBy(topic, event ?? ''));
    const missing = told.filter((one) => !this.#versions.has(nameOf(client, one)));
    const last = told.at(-1);
    return [
      ...missing.map((one) => `${nameOf(client, one)} was never told (${one.event ?? ''})`),
      ...(last ? this.#endedOtherwise(task, nameOf(client, last)) : []),
    ];
  }

  #endedOtherwise(task: Task, last: string): string[] {
    const state = this.#versions.get(last)?.state;
    if (state === undefined || state === stateOf(task)) return [];
    return [`Task/${task.id ?? ''} is ${stateOf(task)}, told was ${state}`];
  }

  #answered(versions: readonly Version[]): string[] {
    const task = now(versions);
    if (!task) return [];
    const expected = versions.filter(({ event, resource }) => event !== null && isTold(event, resource));
    const came = (this.#responses.get(task.id ?? '') ?? []).map(({ state }) => state);
    const wished = expected.map(({ resource }) => stateOf(resource));
    const silence = whySilent(businessStatusOf(task) as Parameters<typeof whySilent>[0]);
    return [
      ...(came.join() === wished.join() ? [] : [answeredOtherwise(task, wished, came)]),
      ...(silence === undefined && came.at(-1) !== stateOf(task)
        ? [`Task/${task.id ?? ''} is ${stateOf(task)}, its sender was last told ${came.at(-1) ?? 'nothing'}`]
        : []),
    ];
  }
}

function answeredOtherwise({ id = '' }: Task, wished: readonly string[], came: readonly string[]): string {
  return `the sender of Task/${id} was told ${came.join(', ') || 'nothing'} instead of ${wished.join(', ')}`;
}

function nameOf(client: string, { id, version }: Version): string {
  return `${client} Task/${id}/${String(version)}`;
}

/** The first of each name: the others are repetitions. */
function once<T>(values: readonly T[], nameIn: (value: T) => string): T[] {
  return [...new Map([...values].reverse().map((value) => [nameIn(value), value])).values()].reverse();
}
