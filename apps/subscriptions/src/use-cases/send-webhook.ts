import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps, type RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import { Injectable } from '@nestjs/common';
import { isHostNotPublic } from '#auth';
import { Platform } from '#service';
import type { DeliveryFailure, DeliveryOutcome, WebhookAnswer } from '../domain/delivery.js';
import { endpointIssues } from '../domain/endpoint.js';
import { retryAfter } from '../domain/retry-after.js';
import { ProxyRefused, routeTo } from './egress-route.js';

export interface Webhook {
  endpoint: string;
  headers: Readonly<Record<string, string>>;
  body: string;
  /** For a receiver whose answer is read: its headers, and as much of its body as this many bytes. */
  readAnswer?: number;
  /** At most, and unless told, ten seconds. */
  timeoutMs?: number;
}

const longestMs = 10_000;
const answerAtMost = 64 * 1024;

/** One POST to a receiver: no redirect is followed, and nothing of the answer is kept but its status, unless it is asked for. */
@Injectable()
export class SendWebhook {
  constructor(private readonly platform: Platform) {}

  async execute(webhook: Webhook): Promise<DeliveryOutcome> {
    const { settings } = this.platform;
    const { endpoint, body, readAnswer } = webhook;
    // Once more: the operator's exceptions may have changed since it was stored.
    if (endpointIssues(endpoint, settings.webhookHosts).length > 0) return { failure: 'endpoint-not-allowed' };
    try {
      const url = new URL(endpoint);
      const options = await routeTo(url, settings, requestOptions(webhook));
      const answered = await post(url, options, { body: Buffer.from(body), atMost: readAnswer ?? answerAtMost });
      const { status, answer } = answered;
      const retryAfterMs = retryAfter(answer.headers['retry-after'], this.platform.now());
      return {
        status,
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
        ...(readAnswer === undefined ? {} : { answer }),
      };
    } catch (error) {
      return { failure: failureIn(error) };
    }
  }
}

function requestOptions({ headers, body, timeoutMs = longestMs }: Webhook): RequestOptions {
  return {
    method: 'POST',
    headers: { ...headers, 'content-length': String(Buffer.byteLength(body)), 'user-agent': 'Ginnel' },
    // A connection of its own: one that is kept might be closed by the receiver while we write.
    agent: false,
    signal: AbortSignal.timeout(timeoutMs),
  };
}

interface Answered {
  status: number;
  answer: WebhookAnswer;
}

/**
 * The status, when the answer has ended or was cut off for its length or time: a status once given stands. Settled when the
 * signal is aborted, whatever the request says: one that waits for its socket says nothing when it is destroyed.
 */
function post(
  url: URL,
  options: RequestOptions,
  { body, atMost }: { body: Buffer; atMost: number },
): Promise<Answered> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    let soFar: (() => Answered) | undefined;
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const request = send(url, options, (response) => {
      const answered = read(response, atMost);
      soFar = answered;
      response.on('close', () => {
        resolve(answered());
      });
    });
    // Of an answer that has begun its own end tells.
    request.on('error', (error) => {
      if (!soFar) reject(error);
    });
    // An answer with 101; where nobody listened to it, the connection would be closed without a word.
    request.on('upgrade', (response: IncomingMessage, socket: Socket) => {
      socket.destroy();
      resolve(read(response, 0)());
    });
    // What the proxy answers instead of the receiver is no answer of the receiver.
    request.on('proxyConnect', ({ statusCode }: { statusCode: number }) => {
      if (statusCode !== 200) request.destroy(new ProxyRefused(`The proxy answered ${String(statusCode)}.`));
    });
    const cutOff = (): void => {
      request.destroy();
      if (soFar) resolve(soFar());
      else reject(Object.assign(new Error('No answer came in time.'), { code: 'ETIMEDOUT' }));
    };
    if (signal?.aborted === true) cutOff();
    else signal?.addEventListener('abort', cutOff, { once: true });
    request.end(body);
  });
}

/** Reads an answer; what is returned says what has come of it. */
function read(response: IncomingMessage, atMost: number): () => Answered {
  const chunks: Buffer[] = [];
  let received = 0;
  response.on('data', (chunk: Buffer) => {
    received += chunk.length;
    if (received > atMost) response.destroy();
    else chunks.push(chunk);
  });
  response.on('error', () => undefined);
  return () => {
    const { headers, complete, statusCode = 0 } = response;
    return { status: statusCode, answer: { headers, body: Buffer.concat(chunks).toString(), complete } };
  };
}

const failures: Readonly<Record<string, DeliveryFailure>> = {
  ABORT_ERR: 'timeout',
  ETIMEDOUT: 'timeout',
  ECONNREFUSED: 'connection-refused',
  ENOTFOUND: 'host-not-found',
  EAI_AGAIN: 'host-not-found',
};

function failureIn(error: unknown): DeliveryFailure {
  if (isHostNotPublic(error)) return 'host-not-public';
  if (error instanceof ProxyRefused) return 'proxy-refused';
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  if (/^(CERT_|ERR_TLS|ERR_SSL|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|EPROTO)/.test(code)) return 'tls';
  return failures[code] ?? 'connection-lost';
}
