import { once } from 'node:events';
import {
  Agent,
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { OperationOutcome } from 'fhir/r4';
import { serviceNames } from '#fhir';
import { createLogger } from '#observability';
import type { Part } from '../src/edge/all-services.js';
import { createEdge } from '../src/edge/edge.js';

export type Answering = (request: IncomingMessage, response: ServerResponse, service: Part) => void;

export interface Seen {
  service: Part;
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
}

/** The edge before HTTP servers that note what reaches them, one in the place of each service. */
export class EdgeBeforeServers {
  readonly seen: Seen[] = [];
  /** Services whose address the edge is not told. */
  readonly down = new Set<Part>();
  answer: Answering = plainly;
  port = 0;
  readonly #servers = new Map<Part, Server>();
  readonly #edge = createEdge({
    services: serviceNames,
    addressOf: (service) => (this.down.has(service) ? undefined : this.#addressOf(service)),
    newId: () => 'made-by-the-edge',
    log: createLogger({ level: 'silent', service: 'edge' }),
    patienceMs: 300,
  });

  async open(): Promise<void> {
    for (const service of [...serviceNames, 'issuer' as const]) {
      const server = createServer((request, response) => {
        const { method = '', url = '', headers } = request;
        this.seen.push({ service, method, url, headers });
        this.answer(request, response, service);
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      this.#servers.set(service, server);
    }
    await this.#edge.listen({ host: '127.0.0.1', port: 0 });
    this.port = (this.#edge.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    await this.#edge.close();
    for (const server of this.#servers.values()) server.close().closeAllConnections();
  }

  forget(): void {
    this.seen.length = 0;
    this.down.clear();
    this.answer = plainly;
  }

  /** What came where, since it was last forgotten. */
  reached(): string[] {
    return this.seen.map(({ service, method, url }) => `${service} ${method} ${url}`);
  }

  /** Sends an address as it stands, without the tidying that fetch does. */
  async send(path: string, { method = 'GET', headers = {}, body = '' } = {}) {
    const agent = new Agent({ keepAlive: true });
    const request = httpRequest({ host: '127.0.0.1', port: this.port, path, method, headers, agent });
    request.end(body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    agent.destroy();
    const text = Buffer.concat(chunks).toString();
    const outcome = (): OperationOutcome => JSON.parse(text) as OperationOutcome;
    return { status: response.statusCode, headers: response.headers, text, outcome };
  }

  #addressOf(service: Part): string {
    const { port } = this.#servers.get(service)?.address() as AddressInfo;
    return `http://127.0.0.1:${String(port)}`;
  }
}

function plainly(request: IncomingMessage, response: ServerResponse, service: Part): void {
  request.resume();
  response.end(JSON.stringify({ service }));
}
