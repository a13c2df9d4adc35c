import { owners, type ServiceName } from '#fhir';
import { appendOnlyTables, shapeOf, storeMigrations } from '#fhir-store';
import { erasedTables, messagingMigrations } from '#messaging';
import { migrate, type SqlMigration } from '#postgres';
import { loginOf, type LoginPasswords } from './logins.js';

/** What a service keeps: the composition of its tables. */
export interface ServiceDefinition {
  name: ServiceName;
  /** Types of other services of which it keeps read-only copies, fed by their events. */
  follows: readonly string[];
  /** Types kept beside the owned ones and not served by themselves, such as Provenance. */
  keeps?: readonly string[];
  /** Types of its own whose records hang on referrals of another service: their readers follow those of the referral. */
  hanging?: { types: readonly string[] };
  /** Tables of its own, where the FHIR store cannot hold them. */
  migrations?: readonly SqlMigration[];
}

/** Every type that a service's store holds. */
export function heldTypes({ name, follows, keeps = [] }: ServiceDefinition): string[] {
  return [...owners[name], ...follows, ...keeps];
}

/** PostgreSQL schema of a service. */
export function schemaOf(name: ServiceName): string {
  return name.replaceAll('-', '_');
}

/** Brings schemas, tables and logins of these services up to date. `adminUrl` may create roles and schemas. */
export async function migrateServices(
  adminUrl: string,
  definitions: readonly ServiceDefinition[],
  passwords?: LoginPasswords,
): Promise<void> {
  for (const definition of definitions) {
    await migrate({
      adminUrl,
      schema: schemaOf(definition.name),
      login: loginOf(adminUrl, definition.name, passwords),
      migrations: [...storeMigrations, ...messagingMigrations, ...(definition.migrations ?? [])],
      shape: shapeOf(heldTypes(definition)),
      appendOnly: [...appendOnlyTables, ...erasedTables],
    });
  }
}
