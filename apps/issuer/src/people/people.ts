import { randomUUID } from 'node:crypto';
import type { Role } from '#auth';
import type { Database } from '#postgres';
import { hashPassword } from './password.js';

/** Somebody who signs in. */
export interface Person {
  /** Pseudonymous: what tokens and audit call them. */
  id: string;
  name: string;
  role: Role;
  organisation: string;
  /** Such as `Practitioner/one`. https://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html#scopes-for-requesting-identity-data */
  fhirUser?: string;
  password: string;
}

interface Row {
  id: string;
  name: string;
  role: Role;
  organisation: string;
  fhir_user: string | null;
  password: string;
}

export class People {
  constructor(private readonly database: Database) {}

  findByName(name: string): Promise<Person | undefined> {
    return this.#one('SELECT * FROM person WHERE lower(name) = lower($1)', name);
  }

  find(id: string): Promise<Person | undefined> {
    return this.#one('SELECT * FROM person WHERE id::text = $1', id);
  }

  /** False where somebody of this name is there already. */
  async add({ password, ...person }: Omit<Person, 'id'>): Promise<boolean> {
    const added = await this.database.as(['*']).query({
      text: `INSERT INTO person (id, name, role, organisation, fhir_user, password) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT DO NOTHING RETURNING id`,
      values: [
        randomUUID(),
        person.name,
        person.role,
        person.organisation,
        person.fhirUser ?? null,
        await hashPassword(password),
      ],
    });
    return added.length === 1;
  }

  /** Sessions of somebody who is not there lead nowhere, and tokens end. False where there was nobody of this name. */
  async remove(name: string): Promise<boolean> {
    const removed = await this.database.as(['*']).query({
      text: `WITH removed AS (DELETE FROM person WHERE lower(name) = lower($1) RETURNING id)
        INSERT INTO revoked_person SELECT id, clock_timestamp() FROM removed RETURNING person`,
      values: [name],
    });
    return removed.length === 1;
  }

  async #one(text: string, value: string): Promise<Person | undefined> {
    const [row] = await this.database.as(['*']).query<Row>({ text, values: [value] });
    if (!row) return undefined;
    const { fhir_user: fhirUser, ...person } = row;
    return { ...person, ...(fhirUser === null ? {} : { fhirUser }) };
  }
}
