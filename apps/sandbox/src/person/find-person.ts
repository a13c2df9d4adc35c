import type pg from 'pg';
import { type Facts, factsOf } from './facts.js';
import { isPersonal, type Ref, refOf } from './mentions.js';
import { versionsNaming, versionsOf } from './rows.js';

/** All that Ginnel holds of one person, by reference. */
export interface Person {
  /** The Patient records of every organisation. */
  patients: readonly Ref[];
  /** What is about this person alone, the Patient records too. */
  own: readonly Ref[];
  /** What names this person and is others' or everybody's: another's record, a directory entry, a group. */
  namedIn: readonly Ref[];
}

/** What is known of somebody when the search for him begins. */
export interface Sought {
  number: string;
  /** Found before, where an erasure goes on: the records that bear the number may be gone by now. */
  own?: readonly Ref[];
}

/**
 * A Patient record is the person's where a version of it bears the NHS number, or where it is linked with such a one by
 * Patient.link and never bore another's. Anything else is his where it names one of his records, or has the number in its text,
 * and names nobody else's.
 */
export async function findPerson(
  client: pg.Client,
  schemas: readonly string[],
  { number, own = [] }: Sought,
): Promise<Person> {
  const found = new Found(own);
  const first = await versionsNaming(client, schemas, { refs: own, number });
  for (let wanted = found.unknown([...own, ...first.map(refOf)]); wanted.length > 0;) {
    const added = found.take(wanted, factsOf(await versionsOf(client, schemas, wanted), number));
    const naming = added.length > 0 ? await versionsNaming(client, schemas, { refs: added }) : [];
    wanted = found.unknown([...naming.map(refOf), ...found.deciding]);
  }
  return found.person;
}

class Found {
  readonly #own: Set<Ref>;
  readonly #facts = new Map<Ref, Facts>();
  /** Named somewhere, and nowhere to be found. */
  readonly #absent = new Set<Ref>();

  constructor(own: readonly Ref[]) {
    this.#own = new Set(own);
  }

  unknown(refs: readonly Ref[]): Ref[] {
    return [...new Set(refs)].filter((ref) => !this.#facts.has(ref) && !this.#absent.has(ref));
  }

  /** Answers what is this person's by what is known now, and was not before. */
  take(wanted: readonly Ref[], facts: ReadonlyMap<Ref, Facts>): Ref[] {
    const added: Ref[] = [];
    for (const ref of wanted) {
      const known = facts.get(ref);
      if (known) this.#facts.set(ref, known);
      else this.#absent.add(ref);
    }
    for (let more = this.#decided(); more.length > 0; more = this.#decided()) {
      for (const ref of more) this.#own.add(ref);
      added.push(...more);
    }
    return added;
  }

  /** What must be known to tell whose something is. */
  get deciding(): Ref[] {
    return [...this.#facts].flatMap(([ref, { names }]) => {
      if (this.#own.has(ref)) return [...names].filter((name) => isKind(name, 'Patient') || isKind(name, 'Binary'));
      return patientsIn(names).length > 0 ? [] : [...names];
    });
  }

  get person(): Person {
    const own = [...this.#own].sort();
    const namedIn = [...this.#facts].filter(([ref, facts]) => !this.#own.has(ref) && this.#concerns(facts));
    return {
      patients: own.filter((ref) => isKind(ref, 'Patient')),
      own,
      namedIn: namedIn.map(([ref]) => ref).sort(),
    };
  }

  #decided(): Ref[] {
    const named = new Set([...this.#own].flatMap((ref) => [...(this.#facts.get(ref)?.names ?? [])]));
    return [...this.#facts]
      .filter(([ref, facts]) => !this.#own.has(ref) && this.#isOwn(ref, facts, named.has(ref)))
      .map(([ref]) => ref);
  }

  #isOwn(ref: Ref, facts: Facts, isNamed: boolean): boolean {
    const { names, hasNumber, hasOther } = facts;
    if (isKind(ref, 'Patient')) return hasNumber || (!hasOther && (isNamed || this.#namesPatient(names)));
    if (isKind(ref, 'Binary') && isNamed && names.size === 0) return true;
    return isPersonal(ref) && this.#concerns(facts) && this.#namesNobodyElse(names);
  }

  /** By the Patient records that it names; where it names none, by everything that it names and that is there. */
  #namesNobodyElse(names: ReadonlySet<Ref>): boolean {
    const patients = patientsIn(names);
    if (patients.length > 0) return patients.every((name) => this.#own.has(name));
    return [...names].every((name) => this.#own.has(name) || this.#absent.has(name));
  }

  #namesPatient(names: ReadonlySet<Ref>): boolean {
    return patientsIn(names).some((name) => this.#own.has(name));
  }

  #concerns({ names, hasNumber }: Facts): boolean {
    return hasNumber || [...names].some((name) => this.#own.has(name));
  }
}

function patientsIn(names: ReadonlySet<Ref>): Ref[] {
  return [...names].filter((name) => isKind(name, 'Patient'));
}

function isKind(ref: Ref, type: string): boolean {
  return ref.startsWith(`${type}/`);
}
