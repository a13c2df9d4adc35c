import { z } from 'zod';
import { serviceNames } from '#fhir';
import type { LoginOwner, LoginPasswords } from '#service';

/** It stands in an address as it is, so it has no character that an address would need quoted. */
const password = z.string().regex(/^[\w-]{24,}$/);

/** The environment of `migrate.js`. */
export const migrateConfig = z.object({
  /** A login that may create roles and schemas; no service ever sees it. */
  MIGRATION_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  /** The passwords of the services' logins: 24 or more letters, digits, `_` and `-`. */
  GINNEL_LOGIN_PASSWORD_REFERRAL: password.optional(),
  GINNEL_LOGIN_PASSWORD_ACTIVITY_DIRECTORY: password.optional(),
  GINNEL_LOGIN_PASSWORD_QUESTIONNAIRE: password.optional(),
  GINNEL_LOGIN_PASSWORD_OUTCOMES: password.optional(),
  GINNEL_LOGIN_PASSWORD_SUBSCRIPTIONS: password.optional(),
  GINNEL_LOGIN_PASSWORD_ISSUER: password.optional(),
});

export interface MigrateSettings {
  adminUrl: string;
  passwords: LoginPasswords;
}

/** The parsed environment, or one sentence that names every wrong variable and quotes no value. */
export function readMigrateConfig(environment: Record<string, string | undefined> = process.env): MigrateSettings {
  const parsed = migrateConfig.safeParse(environment);
  if (!parsed.success) {
    const names = parsed.error.issues.map(({ path }) => path.join('.'));
    throw new Error(`These environment variables are missing or wrong: ${[...new Set(names)].join(', ')}.`);
  }
  const { MIGRATION_DATABASE_URL: adminUrl, ...given } = parsed.data;
  const passwords = [...serviceNames, 'issuer' as const].map(
    (service) => [service, given[passwordVariables[service]]] as const,
  );
  return { adminUrl, passwords: Object.fromEntries(passwords.filter(([, set]) => set !== undefined)) };
}

const passwordVariables = {
  referral: 'GINNEL_LOGIN_PASSWORD_REFERRAL',
  'activity-directory': 'GINNEL_LOGIN_PASSWORD_ACTIVITY_DIRECTORY',
  questionnaire: 'GINNEL_LOGIN_PASSWORD_QUESTIONNAIRE',
  outcomes: 'GINNEL_LOGIN_PASSWORD_OUTCOMES',
  subscriptions: 'GINNEL_LOGIN_PASSWORD_SUBSCRIPTIONS',
  issuer: 'GINNEL_LOGIN_PASSWORD_ISSUER',
} as const satisfies Record<LoginOwner, keyof z.infer<typeof migrateConfig>>;
