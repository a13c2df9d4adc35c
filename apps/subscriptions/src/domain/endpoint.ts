import { isIP } from 'node:net';
import { error, isPublicAddress, type Issue } from '#fhir';

const longest = 2_000;
const place = 'Subscription.channel.endpoint';
const lastPrivilegedPort = 1023;
export const notPublicHost = 'The endpoint must be on a host that the whole internet reaches.';

/**
 * Whether notifications may be sent to this address. Only to public https ones, for whoever names an address could otherwise
 * make this process speak to the machines beside it; `webhookHosts` (`host:port`, or `host:*` for every port) are the
 * operator's exceptions, http allowed.
 */
export function endpointIssues(endpoint: string | undefined, webhookHosts: readonly string[]): Issue[] {
  if (endpoint === undefined) return [error('required', 'A rest-hook needs the address that it calls.', place)];
  const url = urlOf(endpoint);
  if (url === undefined) return [error('value', 'The endpoint is not an absolute https address.', place)];
  return faultsOf(url, webhookHosts).map((fault) => error('value', fault, place));
}

/** Who answers there, for all Subscriptions that name it: the address without its path. */
export function receiverAt(endpoint: string | undefined): string | undefined {
  return urlOf(endpoint ?? '')?.origin;
}

/** Whether the operator vouches for this host and port by configuration; `host:*` are all its ports. */
export function isWebhookHost(url: URL, webhookHosts: readonly string[]): boolean {
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return webhookHosts.some((host) => [`${url.hostname}:${port}`, `${url.hostname}:*`].includes(host.toLowerCase()));
}

function faultsOf(url: URL, webhookHosts: readonly string[]): string[] {
  const faults: string[] = [];
  if (url.username !== '' || url.password !== '') {
    faults.push('No user or password may stand in the endpoint; send them in channel.header.');
  }
  if (url.hash !== '') faults.push('The endpoint may not have a fragment.');
  if (!isWebhookHost(url, webhookHosts)) faults.push(...outsideFaults(url));
  return faults;
}

function outsideFaults(url: URL): string[] {
  const faults: string[] = [];
  if (url.protocol !== 'https:') faults.push('The endpoint must be an https address.');
  if (!isPublicHost(url.hostname)) faults.push(notPublicHost);
  if (url.port !== '' && Number(url.port) <= lastPrivilegedPort) {
    faults.push('The port of the endpoint must be 443, or 1024 and above.');
  }
  return faults;
}

/** As WHATWG URL writes a host: `0x7f.1` is 127.0.0.1 by then, and full-width figures are plain ones. */
function isPublicHost(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '');
  if (isIP(address) !== 0) return isPublicAddress(address);
  const name = hostname.replace(/\.$/, '');
  return name.includes('.') && !/\.(localhost|local|internal|home\.arpa|lan|intranet)$/.test(name);
}

function urlOf(endpoint: string): URL | undefined {
  // The URL parser would drop blanks and line ends without a word.
  if (endpoint.length > longest || /[\s\\]/.test(endpoint) || !URL.canParse(endpoint)) return undefined;
  const url = new URL(endpoint);
  return ['http:', 'https:'].includes(url.protocol) && /^https?:\/\//i.test(endpoint) ? url : undefined;
}
