import type { Audience } from '#fhir';

/** What a client is, as the policy speaks of it. `patient` is a link that was given to one person. */
export const roles = ['practice', 'provider', 'link-worker', 'analyst', 'integrator', 'operator', 'patient'] as const;
export type Role = (typeof roles)[number];

/** Who is calling, as its token proves. */
export interface Caller {
  /** Client id: pseudonymous, may stand in logs and audit. */
  client: string;
  role: Role;
  /** Logical id of the Organization that it acts for; an open sandbox's integrator has none. */
  organisation?: string;
  /** The person who signed in, by the subject that the issuer gave: pseudonymous too. */
  user?: string;
  /** When its token was issued, in seconds since 1970; bare tokens tell none. */
  issuedAt?: number;
  /** Scopes of the token; without them the role alone decides. https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html */
  scopes?: readonly string[];
  /** What it reads as: its organisation and `public`, or everyone. */
  audience: Audience;
}
