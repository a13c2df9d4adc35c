import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { verifiedNotification } from '#client';

/** The practice's own address on this machine, to which notifications are sent. */
export class Mailbox {
  readonly #received: string[] = [];
  readonly #waiting = new Set<() => void>();
  #secret = '';

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        response.writeHead(this.#take(Buffer.concat(parts).toString('utf8'), request.headers) ? 204 : 401).end();
      });
    });
  }

  /** What is signed with this secret; nothing before. */
  believe(secret: string): void {
    this.#secret = secret;
  }

  static async open(): Promise<Mailbox> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Mailbox(server);
  }

  get url(): string {
    const { port } = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${String(port)}/outcomes`;
  }

  /** Settles when a notification that speaks of this has come; rejects after 20 seconds. */
  async arrived(text: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const given = setTimeout(() => {
        reject(new Error('No notification came within 20 seconds.'));
      }, 20_000);
      const check = (): void => {
        if (!this.#received.some((body) => body.includes(text))) return;
        clearTimeout(given);
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }

  #take(body: string, headers: IncomingHttpHeaders): boolean {
    try {
      verifiedNotification(this.#secret, body, headers as Record<string, string>);
    } catch {
      return false;
    }
    this.#received.push(body);
    for (const check of this.#waiting) check();
    return true;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
