import { request as requestHttp } from 'node:http';
import { request as requestHttps, type RequestOptions } from 'node:https';
import { Injectable } from '@nestjs/common';
import { isHostNotPublic, lookupPublic } from '#auth';
import { Platform } from '#service';
import type { DeliveryFailure, DeliveryOutcome } from '../domain/delivery.js';
import { endpointIssues, isWebhookHost } from '../domain/endpoint.js';

export interface Webhook {
  endpoint: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

const timeoutMs = 10_000;
const answerAtMost = 64 * 1024;

/** One POST to a receiver: no redirect is followed, and nothing of the answer is kept but its status. */
@Injectable()
export class SendWebhook {
  constructor(private readonly platform: Platform) {}

  async execute({ endpoint, headers, body }: Webhook): Promise<DeliveryOutcome> {
    const { webhookHosts } = this.platform.settings;
    // Once more: the operator's exceptions may have changed since it was stored.
    if (endpointIssues(endpoint, webhookHosts).length > 0) return { failure: 'endpoint-not-allowed' };
    const url = new URL(endpoint);
    const vouchedFor = isWebhookHost(url, webhookHosts);
    const bytes = Buffer.from(body);
    const options = {
      method: 'POST',
      headers: { ...headers, 'content-length': String(bytes.length), 'user-agent': 'Ginnel' },
      // A connection of its own: one that is kept might be closed by the receiver while we write.
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
      ...(vouchedFor ? {} : { lookup: lookupPublic }),
    } as const;
    try {
      return { status: await post(url, options, bytes) };
    } catch (error) {
      return { failure: failureIn(error) };
    }
  }
}

/** The status, when the answer has ended or was cut off for its length or time: a status once given stands. */
function post(url: URL, options: RequestOptions, body: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    const request = send(url, options, (response) => {
      let received = 0;
      response.on('data', (chunk: Buffer) => {
        received += chunk.length;
        if (received > answerAtMost) response.destroy();
      });
      response.on('error', () => undefined);
      response.on('close', () => {
        resolve(response.statusCode ?? 0);
      });
    });
    request.on('error', reject);
    request.end(body);
  });
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
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  if (/^(CERT_|ERR_TLS|ERR_SSL|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|EPROTO)/.test(code)) return 'tls';
  return failures[code] ?? 'connection-lost';
}
