import type { Extension, Parameters, ParametersParameter, Task } from 'fhir/r4';
import { eventually } from './eventually.js';
import { type As, ReferralActors } from './referral-actors.js';
import type { Answer, World } from './world.js';

const base = 'https://ginnel.org.uk/fhir';
const businessStatusSystem = `${base}/CodeSystem/referral-business-status`;

/** Values of an operation's parameters by name, each with its `value[x]`. */
export type Values = Readonly<
  Record<string, Omit<ParametersParameter, 'name'> | readonly Omit<ParametersParameter, 'name'>[]>
>;

export function parameters(values: Values): Parameters {
  const parameter = Object.entries(values).flatMap(([name, value]) => [value].flat().map((one) => ({ name, ...one })));
  return { resourceType: 'Parameters', ...(parameter.length === 0 ? {} : { parameter }) };
}

/** Those who work on a referral, by operation and by plain update. */
export class TurnActors extends ReferralActors {
  constructor(private readonly of: () => World) {
    super(of);
  }

  /** `POST Task/[id]/$code`. */
  operate<R = Task>(
    as: As,
    task: string,
    code: string,
    { values = {}, headers = {} }: { values?: Values; headers?: Record<string, string> } = {},
  ): Promise<Answer<R>> {
    const body = parameters(values);
    return this.of().send<R>(as, { method: 'POST', path: `/fhir/Task/${task}/$${code}`, body, headers });
  }

  /** The same, which must succeed; 503 says to ask again. */
  async done(as: As, task: string, code: string, values: Values = {}): Promise<Task> {
    const answer = await eventually(
      () => this.operate(as, task, code, { values }),
      ({ status }) => status !== 503,
    );
    if (answer.status >= 300) throw new Error(`$${code}: ${answer.text}`);
    return answer.body;
  }
}

export function business(code: string): Pick<Task, 'businessStatus'> {
  return { businessStatus: { coding: [{ system: businessStatusSystem, code }] } };
}

export function businessOf(task: Task): string | undefined {
  return task.businessStatus?.coding?.find(({ system }) => system === businessStatusSystem)?.code;
}

export function extension(name: string, value: Omit<Extension, 'url'>): Extension {
  return { url: `${base}/StructureDefinition/${name}`, ...value };
}

export function output(code: string, value: object) {
  return { type: { coding: [{ system: `${base}/CodeSystem/task-output`, code }] }, ...value };
}

/** What two Tasks of the same history have in common: everything but ids, and times that the clock gave. */
export function comparable(task: Task): unknown {
  const own = ['id', 'meta', 'lastModified', 'authoredOn', 'focus', 'partOf', 'for'];
  const kept = Object.fromEntries(Object.entries(task).filter(([element]) => !own.includes(element)));
  const sorted = { ...kept, extension: [...(task.extension ?? [])].sort(byUrl) };
  const text = JSON.stringify(sorted).replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '(a time)');
  return JSON.parse(text.replaceAll(/Task\/[0-9a-f-]{36}/g, '(a Task)')) as unknown;
}

function byUrl(one: Extension, other: Extension): number {
  return one.url.localeCompare(other.url);
}
