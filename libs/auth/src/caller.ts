import type { Audience } from '#fhir';

/** What a client is, as the policy speaks of it. */
export type Role = 'practice' | 'provider' | 'analyst' | 'integrator';

/** Who is calling, as its token proves. */
export interface Caller {
  /** Client id: pseudonymous, may stand in logs and audit. */
  client: string;
  role: Role;
  /** Logical id of the Organization that it acts for; an open sandbox's integrator has none. */
  organisation?: string;
  /** What it reads as: its organisation and `public`, or everyone. */
  audience: Audience;
}
