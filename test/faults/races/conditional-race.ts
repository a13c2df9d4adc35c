import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';

/** Where the same service listens, in one process or several. */
export interface Course {
  urls: readonly string[];
  token: string;
  /** Requests that are on their way at once. */
  parallel: number;
}

/** Sends conditional creates all at once, and says what is wrong with what they came to. */
export class ConditionalRaces {
  readonly #agent: Agent;

  constructor(private readonly course: Course) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: course.parallel });
  }

  /** All with one condition: one of them makes the resource, the others are given it. Answers what went wrong. */
  async contended(): Promise<{ faults: string[]; ms: number }> {
    const value = randomUUID();
    const { answers, ms } = await this.#all(() => value);
    const ids = new Set(answers.map(({ id }) => id));
    const [made, given] = [countOf(answers, 201), countOf(answers, 200)];
    const faults = [
      ...(made === 1 || (made === 0 && answers.some(({ isLost }) => isLost))
        ? []
        : [`${String(made)} were made instead of one`]),
      ...(made + given === answers.length ? [] : [`answered ${tallied(answers)}`]),
      ...(ids.size === 1 ? [] : [`${String(ids.size)} ids were given instead of one`]),
      ...(await this.#lastingFaults(value)),
    ];
    return { faults, ms };
  }

  /** As many, each with a condition of its own: what the contended ones are measured by. */
  async uncontended(): Promise<{ faults: string[]; ms: number }> {
    const { answers, ms } = await this.#all(() => randomUUID());
    const made = countOf(answers, 201);
    return { faults: made === answers.length ? [] : [`answered ${tallied(answers)}`], ms };
  }

  close(): void {
    this.#agent.destroy();
  }

  /** What is there afterwards, asked of each process. */
  async #lastingFaults(value: string): Promise<string[]> {
    const counts = await Promise.all(
      this.course.urls.map(async (url) => {
        const { body } = await this.#send(`${url}/fhir/Patient?_count=0&identifier=${system}|${value}`);
        return (body as { total?: number }).total;
      }),
    );
    return counts.every((count) => count === 1) ? [] : [`${counts.join(' and ')} are there`];
  }

  async #all(valueOf: () => string): Promise<{ answers: Given[]; ms: number }> {
    const { urls, parallel } = this.course;
    const begun = performance.now();
    const answers = await Promise.all(
      Array.from({ length: parallel }, (_, at) => this.#create(urls[at % urls.length] ?? '', valueOf())),
    );
    return { answers, ms: performance.now() - begun };
  }

  async #create(url: string, value: string): Promise<Given> {
    const patient = { resourceType: 'Patient', identifier: [{ system, value }] };
    const sent = { body: JSON.stringify(patient), condition: `identifier=${system}|${value}` };
    let isLost = false;
    for (let tries = 1; ; tries += 1) {
      const given = await this.#send(`${url}/fhir/Patient`, sent).catch((error: unknown) => {
        if (tries === mostTries) throw error;
      });
      isLost ||= given === undefined;
      // A thousand are sent at once: of some a slow process says that nothing came in time, or that they waited too long.
      if (given && (![408, 503].includes(given.status) || tries === mostTries))
        return { status: given.status, id: (given.body as { id?: string }).id ?? '', isLost };
    }
  }

  #send(url: string, sent?: { body: string; condition: string }): Promise<{ status: number; body: unknown }> {
    const headers = {
      authorization: `Bearer ${this.course.token}`,
      ...(sent ? { 'content-type': 'application/fhir+json', 'if-none-exist': sent.condition } : {}),
    };
    return new Promise((resolve, reject) => {
      const asked = request(url, { agent: this.#agent, method: sent ? 'POST' : 'GET', headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          resolve({ status: answer.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) });
        });
        answer.on('error', reject);
      });
      asked.on('error', reject);
      asked.end(sent?.body);
    });
  }
}

/** What one request was given. */
interface Given {
  status: number;
  id: string;
  /** An answer before this one did not come. */
  isLost: boolean;
}

const system = 'https://example.org/races';
/** As a client does whose connection was closed: the condition lets nothing be made twice. */
const mostTries = 10;

function countOf(answers: readonly Given[], status: number): number {
  return answers.filter((answer) => answer.status === status).length;
}

function tallied(answers: readonly Given[]): string {
  const statuses = [...new Set(answers.map(({ status }) => status))].sort();
  return statuses.map((status) => `${String(countOf(answers, status))} × ${String(status)}`).join(', ');
}
