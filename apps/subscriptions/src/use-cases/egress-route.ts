import type { RequestOptions } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { isHostNotPublic, lookupPublic, publicOnly } from '#auth';
import { isPublicAddress } from '#fhir';
import type { PlatformSettings } from '#service';
import { isWebhookHost } from '../domain/endpoint.js';

/** The egress proxy did not connect. */
export class ProxyRefused extends Error {}

/**
 * By which way a receiver is called: straight, or through the proxy. Whichever it is, only an address that was looked at and
 * found public is connected to: the proxy is given that address and no name that it would look up itself. The operator's
 * exceptions are called as they are.
 */
export async function routeTo(url: URL, settings: PlatformSettings, options: RequestOptions): Promise<RequestOptions> {
  const { webhookHosts, egressProxy, lookup } = settings;
  const isVouchedFor = isWebhookHost(url, webhookHosts);
  const checked = lookup ? publicOnly(lookup) : lookupPublic;
  if (egressProxy === undefined) {
    if (!isVouchedFor) return { ...options, lookup: checked };
    return url.hostname === 'localhost' ? { ...options, lookup: thisMachine } : options;
  }
  const agent = new HttpsProxyAgent(egressProxy, options.signal ? { signal: options.signal } : {});
  const name = url.hostname.replace(/^\[|\]$/g, '');
  if (isVouchedFor || isIP(name) !== 0) return { ...options, agent };
  // The certificate and the Host header are those of the name.
  return {
    ...options,
    agent,
    hostname: await addressOf(name, checked),
    servername: name,
    headers: { ...(options.headers as Record<string, string>), host: url.host },
  };
}

/** Whether the name of a receiver leads to an address that is not public, as far as it can be said just now. */
export async function leadsInside(endpoint: string, settings: PlatformSettings): Promise<boolean> {
  const url = new URL(endpoint);
  const { webhookHosts, lookup } = settings;
  if (isWebhookHost(url, webhookHosts)) return false;
  const name = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(name) !== 0) return !isPublicAddress(name);
  try {
    await Promise.race([addressOf(name, lookup ? publicOnly(lookup) : lookupPublic), afterPatience()]);
    return false;
  } catch (error) {
    return isHostNotPublic(error);
  }
}

/** `localhost` is this machine, whatever a resolver says. https://www.rfc-editor.org/rfc/rfc6761#section-6.3 */
const thisMachine: LookupFunction = (_hostname, { all }, answer) => {
  const addresses = [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ];
  if (all === true) answer(null, addresses);
  else answer(null, '127.0.0.1', 4);
};

/** A resolver that does not answer holds up nobody's request for long. */
function afterPatience(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 2_000).unref());
}

function addressOf(hostname: string, lookup: LookupFunction): Promise<string> {
  return new Promise((resolve, reject) => {
    lookup(hostname, { all: false }, (error, address) => {
      if (error) reject(error);
      else resolve(typeof address === 'string' ? address : (address[0]?.address ?? ''));
    });
  });
}
