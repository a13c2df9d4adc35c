import { isIPv6 } from 'node:net';

/** What of an address one caller has alone: all of version 4, of version 6 the first 64 bits, below which they have every one. */
export function netOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address;
  const [head = [], tail] = address.split('::').map((part) => part.split(':').filter((word) => word !== ''));
  const zeros = tail === undefined ? 0 : 8 - head.length - tail.length;
  const words = [...head, ...new Array<string>(zeros).fill('0'), ...(tail ?? [])];
  const net = words.slice(0, 4).map((word) => Number.parseInt(word, 16).toString(16));
  return `${net.join(':')}::/64`;
}
