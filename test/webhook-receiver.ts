import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface WebhookReceiver {
  /** 127.0.0.1:port */
  host: string;
  url: (path?: string) => string;
  received: Received[];
  /** Ends when so many notifications have come, this many of them now. */
  have: (count: number) => Promise<Received[]>;
  stop: () => Promise<void>;
}

export type Answer = (response: ServerResponse, received: Received, at: number) => void;

/** A subscriber's server on a loopback port; answers 200 unless told. */
export async function startReceiver(answer: Answer = (response) => response.end()): Promise<WebhookReceiver> {
  const received: Received[] = [];
  let waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      const one = { method, path, headers, body: Buffer.concat(chunks).toString() };
      received.push(one);
      answer(response, one, received.length);
      waiting.splice(0).forEach((wake) => {
        wake();
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const have = async (count: number): Promise<Received[]> => {
    while (received.length < count) await new Promise<void>((resolve) => (waiting = [...waiting, resolve]));
    return received;
  };
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { host, url: (path = '/hook') => `http://${host}${path}`, received, have, stop };
}
