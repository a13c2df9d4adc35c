import { hash } from 'node:crypto';
import type { Database } from '#postgres';
import { isPassword } from './password.js';
import type { People, Person } from './people.js';

export interface Credentials {
  name: string;
  password: string;
  /** Where the attempt comes from. */
  address: string;
}

export type SignedIn = { person: Person } | { refused: 'wrong' | 'too many' };

/** Attempts in a quarter of an hour; a sign-in that succeeds gives those of its name back. */
const attempts = { name: 5, address: 50 };
const windowMinutes = 15;

/** Signs a person in by name and password. Whether there is such a person shows neither in words nor in time. */
export class SignIn {
  constructor(
    private readonly database: Database,
    private readonly people: People,
  ) {}

  async attempt({ name, password, address }: Credentials): Promise<SignedIn> {
    const nameKey = keyOf('name', name.trim().toLowerCase());
    // Counted before the password is looked at, so that many at once are as bounded as one after the other.
    const [ofName, ofAddress] = [await this.#count(nameKey), await this.#count(keyOf('address', address))];
    if (ofName > attempts.name || ofAddress > attempts.address) return { refused: 'too many' };
    const person = await this.people.findByName(name.trim());
    if (!(await isPassword(password, person?.password)) || !person) return { refused: 'wrong' };
    await this.database.as(['*']).query({ text: 'DELETE FROM sign_in_attempt WHERE key = $1', values: [nameKey] });
    return { person };
  }

  async #count(key: string): Promise<number> {
    const [row] = await this.database.as(['*']).query<{ count: number }>({
      text: `INSERT INTO sign_in_attempt AS known VALUES ($1, now(), 1) ON CONFLICT (key) DO UPDATE SET
          count = CASE WHEN known.began_at < now() - $2 * interval '1 minute' THEN 1 ELSE known.count + 1 END,
          began_at = CASE WHEN known.began_at < now() - $2 * interval '1 minute' THEN now() ELSE known.began_at END
        RETURNING count`,
      values: [key, windowMinutes],
    });
    return row?.count ?? Infinity;
  }
}

/** Names of people and addresses are not kept as they are. */
function keyOf(kind: 'name' | 'address', value: string): string {
  return `${kind} ${hash('sha256', `${kind} ${value}`, 'base64url')}`;
}
