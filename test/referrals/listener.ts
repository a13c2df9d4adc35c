import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Bundle, Task } from 'fhir/r4';
import { headerOf, resourceIn } from '../gp-system.js';
import { noticeIn } from '../subscription-notices.js';
import { stateOf } from './states.js';

/** One event of a Subscription that was taken. */
export interface Told {
  client: string;
  number: number;
  /** `Task/[id]/3`, and the state that it said. */
  version: string;
  state: string;
}

/** One servicerequest-response that was taken. */
export interface Response {
  client: string;
  bundle: string;
  /** Bundle.id of the referral's message. */
  answers: string;
  task: string;
  state: string;
}

/** The practices' systems as they are called: by notifications and by messages. Some calls fail while they are unwell. */
export class Listener {
  readonly told: Told[] = [];
  readonly responses: Response[] = [];
  isUnwell = false;
  calls = 0;
  #server: Server | undefined;
  #port = 0;

  constructor(private readonly random: () => number) {}

  async start(): Promise<void> {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.calls += 1;
        const [, kind = '', client = ''] = (request.url ?? '').split('/');
        const body = JSON.parse(Buffer.concat(chunks).toString()) as Bundle;
        if (kind === 'hook') this.#takeNotice(client, body, response);
        else this.#takeMessage(client, body, { response, headers: request.headers });
      });
    }).listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  hookOf(client: string): string {
    return `http://127.0.0.1:${String(this.#port)}/hook/${client}`;
  }

  returnAddressOf(client: string): string {
    return `http://127.0.0.1:${String(this.#port)}/bars/${client}`;
  }

  stop(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  #takeNotice(client: string, bundle: Bundle, response: ServerResponse): void {
    const { type, told } = noticeIn(bundle);
    const fate = type === 'event-notification' ? this.#fate() : 'taken';
    if (fate !== 'refused') {
      const tasks = (bundle.entry ?? []).flatMap(({ resource }) =>
        resource?.resourceType === 'Task' ? [resource as Task] : [],
      );
      for (const { number, focus = '' } of told) {
        const task = tasks.find(({ id = '' }) => focus === `Task/${id}`);
        const version = `${focus}/${task?.meta?.versionId ?? ''}`;
        this.told.push({ client, number, version, state: task ? stateOf(task) : '' });
      }
    }
    answer(response, fate, {});
  }

  #takeMessage(
    client: string,
    bundle: Bundle,
    { response, headers }: { response: ServerResponse; headers: IncomingHttpHeaders },
  ): void {
    const fate = this.#fate();
    if (fate !== 'refused') {
      const task = resourceIn<Task>(bundle, 'Task');
      this.responses.push({
        client,
        bundle: bundle.id ?? '',
        answers: headerOf(bundle).response?.identifier ?? '',
        task: task?.id ?? '',
        state: task ? stateOf(task) : '',
      });
    }
    answer(response, fate, {
      'content-type': 'application/fhir+json',
      'x-request-id': String(headers['x-request-id']),
      'x-correlation-id': String(headers['x-correlation-id']),
    });
  }

  #fate(): Fate {
    const luck = this.isUnwell ? this.random() : 1;
    return luck < 0.1 ? 'refused' : luck < 0.15 ? 'taken without an answer' : 'taken';
  }
}

type Fate = 'taken' | 'taken without an answer' | 'refused';

function answer(response: ServerResponse, fate: Fate, headers: Record<string, string>): void {
  if (fate === 'taken without an answer') response.destroy();
  else if (fate === 'refused') response.writeHead(503).end();
  else
    response.writeHead(200, headers).end(JSON.stringify({ resourceType: 'Bundle', type: 'message', id: randomUUID() }));
}
