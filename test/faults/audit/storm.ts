import { EventEmitter, once } from 'node:events';

/** What an answer was. */
export interface Answered {
  requestId: string;
  status: number;
}

export interface StormOptions {
  urls: readonly string[];
  token: string;
  /** Requests under way at once. */
  parallel: number;
  /** Distinguishes the request ids of this storm. */
  name: string;
}

const condition = {
  resourceType: 'Condition',
  clinicalStatus: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }],
  },
  code: { text: 'Invented' },
};

/** Requests of every kind, one behind the other in many lanes, until it is stopped; notes each that was answered whole. */
export class Storm {
  readonly answered: Answered[] = [];
  readonly #answers = new EventEmitter();
  #running = true;
  #sent = 0;
  readonly #lanes: Promise<void>[];
  readonly #patient: string;

  constructor(
    private readonly options: StormOptions,
    patient: string,
  ) {
    this.#patient = patient;
    this.#lanes = Array.from({ length: options.parallel }, (_, lane) => this.#lane(lane));
  }

  /** Resolves when so many were answered. */
  async until(count: number): Promise<void> {
    const signal = AbortSignal.timeout(60_000);
    while (this.answered.length < count) await once(this.#answers, 'answered', { signal });
  }

  /** Ends when every lane has. */
  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#lanes);
  }

  async #lane(lane: number): Promise<void> {
    const { urls } = this.options;
    while (this.#running) {
      const requestId = `${this.options.name}-${String(this.#sent++)}`;
      const url = urls[lane % urls.length] ?? '';
      try {
        const answer = await fetch(`${url}/fhir${this.#pathOf(lane)}`, this.#requestOf(lane, requestId));
        await answer.arrayBuffer();
        this.answered.push({ requestId, status: answer.status });
        this.#answers.emit('answered');
      } catch {
        // The process was killed under it: nobody was told anything. The next one may be there already.
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }

  #pathOf(lane: number): string {
    const paths = ['/Condition', `/Patient/${this.#patient}`, '/Condition?_count=3', '/Patient/not-there', '/Task', ''];
    return paths[lane % paths.length] ?? '';
  }

  #requestOf(lane: number, requestId: string): RequestInit {
    const kind = lane % 6;
    const headers = {
      'x-request-id': requestId,
      'content-type': 'application/fhir+json',
      // One kind comes without a token.
      ...(kind === 4 ? {} : { authorization: `Bearer ${this.options.token}` }),
    };
    if (kind === 0) return { method: 'POST', headers, body: JSON.stringify(this.#ownCondition()) };
    if (kind === 5) return { method: 'POST', headers, body: JSON.stringify(this.#batch()) };
    return { headers };
  }

  #ownCondition(): object {
    return { ...condition, subject: { reference: `Patient/${this.#patient}` } };
  }

  #batch(): object {
    return {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [{ request: { method: 'GET', url: `Patient/${this.#patient}` } }],
    };
  }
}
