import { migrate } from '#postgres';
import { loginOf, type LoginPasswords } from '#service';
import { actTable, issuerMigrations, issuerSchema } from './tables.js';

// The door of the issuer: what a sandbox runs in its own process, and what commands do without it.
export { makeKeyPair, type Registered, type Registration } from './clients/register-client.js';
export { issuerCommands } from './commands/command.js';
export { runIssuerCommand } from './commands/issuer-commands.js';
export { mountIssuer } from './http/mount-issuer.js';
export { Issuer, type IssuerOptions } from './issuer.js';
export { makePassword } from './people/password.js';
export { issuerSchema } from './tables.js';
export { assertionType } from './tokens/token-request.js';

/** Brings the issuer's schema, tables and login up to date; safe when several processes start together. */
export async function migrateIssuer(adminUrl: string, passwords?: LoginPasswords): Promise<void> {
  const login = loginOf(adminUrl, 'issuer', passwords);
  await migrate({ adminUrl, schema: issuerSchema, login, migrations: issuerMigrations, appendOnly: [actTable] });
}
