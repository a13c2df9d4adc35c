import { hash } from 'node:crypto';
import type { Database } from '#postgres';
import { networkOf } from '#fhir-server';
import { isPassword } from './password.js';
import type { People, Person } from './people.js';

export interface Credentials {
  name: string;
  password: string;
  /** Where the attempt comes from. */
  address: string;
}

export type RefusedSignIn = 'wrong' | 'too many' | 'busy';
export type SignedIn = { person: Person } | { refused: RefusedSignIn };

/** Attempts in a quarter of an hour; a sign-in that succeeds gives those of its name back. */
const attempts = { name: 5, address: 50 };
const windowMinutes = 15;
/** Passwords that one process looks at together: each takes 32 MB, and a thread that signing needs too. */
const atOnce = 8;

/** Signs a person in by name and password. Whether there is such a person shows neither in words nor in time. */
export class SignIn {
  #checking = 0;

  constructor(
    private readonly database: Database,
    private readonly people: People,
  ) {}

  async attempt({ name, password, address }: Credentials): Promise<SignedIn> {
    const nameKey = keyOf('name', name.trim().toLowerCase());
    // Counted before the password is looked at, so that many at once are as bounded as one after the other.
    const [ofName, ofAddress] = [await this.#count(nameKey), await this.#count(keyOf('address', networkOf(address)))];
    if (ofName > attempts.name || ofAddress > attempts.address) return { refused: 'too many' };
    if (this.#checking >= atOnce) return { refused: 'busy' };
    const person = await this.#personOf(name.trim(), password);
    if (!person) return { refused: 'wrong' };
    await this.database.as(['*']).query({ text: 'DELETE FROM sign_in_attempt WHERE key = $1', values: [nameKey] });
    return { person };
  }

  async #personOf(name: string, password: string): Promise<Person | undefined> {
    this.#checking += 1;
    try {
      const person = await this.people.findByName(name);
      return (await isPassword(password, person?.password)) ? person : undefined;
    } finally {
      this.#checking -= 1;
    }
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
