import type { Place } from './distance.js';

/** Places by postcode: `BD21 1AA`, or the outward part `BD21` alone. */
export type Postcodes = ReadonlyMap<string, Place>;

/** Where a postcode lies: exactly, or roughly by its outward part; undefined where neither is known. */
export function placeOf(postcode: string, postcodes: Postcodes): Place | undefined {
  const compact = postcode.toUpperCase().replace(/\s+/g, '');
  const [, outward = compact, inward = ''] = /^([A-Z]{1,2}\d[A-Z\d]?)(\d[A-Z]{2})?$/.exec(compact) ?? [];
  return postcodes.get(inward === '' ? outward : `${outward} ${inward}`) ?? postcodes.get(outward);
}
