import { lookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isPublicAddress } from '#fhir';

/** A name whose addresses are not all public. Who controls a name could otherwise point it at the machines beside us. */
class HostNotPublic extends Error {
  readonly code = 'HOST_NOT_PUBLIC';
}

export function isHostNotPublic(error: unknown): boolean {
  return error instanceof HostNotPublic;
}

/** For a socket: the addresses that were looked at are the ones that it connects to, so no second answer can differ. */
export function publicOnly(resolve: LookupFunction): LookupFunction {
  return (hostname, options, answer) => {
    resolve(hostname, { ...options, all: true }, (error, found) => {
      const addresses: LookupAddress[] = Array.isArray(found) ? found : [];
      const [first] = addresses;
      if (error) {
        answer(error, '', 0);
      } else if (!first || !addresses.every(({ address }) => isPublicAddress(address))) {
        answer(new HostNotPublic('Not every address of the host is public.'), '', 0);
      } else if (options.all === true) {
        answer(null, addresses);
      } else {
        answer(null, first.address, first.family);
      }
    });
  };
}

/** By the system's own way of finding addresses. */
export const lookupPublic: LookupFunction = publicOnly((hostname, options, answer) => {
  lookup(hostname, { ...options, all: true }, answer);
});
