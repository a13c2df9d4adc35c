import { Client } from 'fhir-kit-client';
import type { FhirResource } from 'fhir/r4';
import { z } from 'zod';

/** What went over the wire for one step. */
interface Exchanged {
  method: string;
  path: string;
  status: number;
}

const refused = z.object({
  config: z.object({ method: z.string(), url: z.string(), status: z.number() }),
  response: z.object({ data: z.unknown() }),
});

/** Says what happens, step by step, with the request that did it. */
export class Narrator {
  #steps = 0;

  constructor(
    private readonly write: (line: string) => void,
    private readonly options: { json: boolean; now: () => number },
  ) {}

  chapter(title: string): void {
    if (!this.options.json) this.write(`\n${title}`);
  }

  /** A step that succeeds; throws where it does not. */
  async step<R extends FhirResource>(words: string, send: () => Promise<unknown>): Promise<R> {
    const begun = this.options.now();
    const result = (await send().catch((error: unknown) => {
      throw new Error(`${words}: ${refusalIn(error)}`, { cause: error });
    })) as R;
    this.#tell(words, exchangedIn(result), begun);
    return result;
  }

  /** A step of the client kit, which answers without what went over the wire; throws where it does not succeed. */
  async call<R>(words: string, exchanged: { method: string; path: string }, send: () => Promise<R>): Promise<R> {
    const begun = this.options.now();
    const result = await send().catch((error: unknown) => {
      throw new Error(`${words}: ${refusalIn(error)}`, { cause: error });
    });
    this.#tell(words, { ...exchanged, status: 200 }, begun);
    return result;
  }

  /** A step that is meant to be refused with this status. */
  async refusal(words: string, status: number, send: () => Promise<unknown>): Promise<void> {
    const begun = this.options.now();
    const error = await send().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    const parsed = refused.safeParse(error);
    if (!parsed.success || parsed.data.config.status !== status) {
      throw new Error(
        `${words}: expected status ${String(status)}, ${error === undefined ? 'but it was taken' : refusalIn(error)}`,
      );
    }
    const { method, url } = parsed.data.config;
    this.#tell(words, { method, path: pathOf(url), status }, begun);
  }

  /** Something that happened by itself: an event had its effect. */
  happened(words: string, begun: number): void {
    this.#tell(words, undefined, begun);
  }

  remark(words: string): void {
    if (!this.options.json) this.write(`        ${words}`);
  }

  #tell(words: string, exchanged: Exchanged | undefined, begun: number): void {
    const ms = Math.round((this.options.now() - begun) * 10) / 10;
    const step = (this.#steps += 1);
    if (this.options.json) {
      this.write(JSON.stringify({ step, words, ...exchanged, ms }));
      return;
    }
    const how = exchanged ? `${exchanged.method} ${exchanged.path} → ${String(exchanged.status)}` : 'by event';
    this.write(`${String(step).padStart(4)}. ${words}\n        ${how}, ${String(ms)} ms`);
  }
}

function exchangedIn(result: FhirResource): Exchanged | undefined {
  const { request, response } = Client.httpFor(result as never);
  return request && response && { method: request.method, path: pathOf(request.url), status: response.status };
}

function refusalIn(error: unknown): string {
  const parsed = refused.safeParse(error);
  if (!parsed.success) return error instanceof Error ? error.message : 'no answer';
  const { config, response } = parsed.data;
  return `${config.method} ${pathOf(config.url)} → ${String(config.status)} ${JSON.stringify(response.data).slice(0, 600)}`;
}

function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return decodeURIComponent(`${pathname}${search}`);
}
