import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Bundle } from 'fhir/r4';
import { noticeIn } from '../../subscription-notices.js';

/** One notification as it came. */
export interface Came {
  /** Which of the Subscriptions, from 0. */
  subscription: number;
  number: number;
  focus: string;
  webhookId: string;
  /** Whether the receiver kept it; where it did and gave no answer it comes again. */
  isTaken: boolean;
}

/** Three calls in ten fail: with an answer, with none, and with none though the notification was kept. */
export class FlakyReceiver {
  readonly came: Came[] = [];
  calls = 0;
  #server: Server | undefined;

  constructor(private readonly random: () => number) {}

  /** @returns the address of the receiver of each Subscription */
  async start(): Promise<(subscription: number) => string> {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { url = '', headers } = request;
        this.#take(Number(url.slice(1)), String(headers['webhook-id']), {
          bundle: JSON.parse(Buffer.concat(chunks).toString()) as Bundle,
          response,
        });
      });
    }).listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const { port } = this.#server.address() as AddressInfo;
    return (subscription) => `http://127.0.0.1:${String(port)}/${String(subscription)}`;
  }

  stop(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  #take(
    subscription: number,
    webhookId: string,
    { bundle, response }: { bundle: Bundle; response: ServerResponse },
  ): void {
    const { type, told } = noticeIn(bundle);
    if (type !== 'event-notification') {
      response.end();
      return;
    }
    this.calls += 1;
    const luck = this.random();
    const isTaken = luck >= 0.25;
    for (const { number, focus = '' } of told) this.came.push({ subscription, number, focus, webhookId, isTaken });
    if (luck >= 0.3) response.end();
    else if (luck >= 0.2) response.destroy();
    else response.writeHead(luck >= 0.1 ? 500 : 503, luck >= 0.05 ? {} : { 'retry-after': '2' }).end();
  }
}
