import type { Audience } from '#fhir';

/** What an integrator without an organisation makes is its own: an empty audience would be seen by nobody, ever. */
export function neverEmpty(audience: Audience): Audience {
  return audience.length > 0 ? audience : ['integrator'];
}
