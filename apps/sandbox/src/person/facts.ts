import type { Identifier, Patient } from 'fhir/r4';
import { nhsNumberSystem, normaliseIdentifierSystem } from '#fhir';
import { isPersonal, personalRefsIn, type Ref, refOf } from './mentions.js';
import { writtenNumber } from './nhs-number.js';
import type { Row } from './rows.js';

/** What all versions of a resource together say of whom it is about. */
export interface Facts {
  /** References to what is about people, its own apart. */
  names: ReadonlySet<Ref>;
  /** It bears the number that is sought. */
  hasNumber: boolean;
  /** A Patient record that bears, or bore, somebody else's. */
  hasOther: boolean;
}

export function factsOf(rows: readonly Row[], number: string): ReadonlyMap<Ref, Facts> {
  const written = new RegExp(writtenNumber(number));
  const found = new Map<Ref, { names: Set<Ref>; hasNumber: boolean; hasOther: boolean }>();
  for (const row of rows) {
    const ref = refOf(row);
    const facts = found.get(ref) ?? { names: new Set<Ref>(), hasNumber: false, hasOther: false };
    for (const name of personalRefsIn(row.content)) if (name !== ref) facts.names.add(name);
    if (row.type === 'Patient') {
      const numbers = numbersIn(row.content);
      facts.hasNumber ||= numbers.includes(number);
      facts.hasOther ||= numbers.some((each) => each !== number);
    } else {
      // A directory's service may have ten digits for its id.
      facts.hasNumber ||= isPersonal(ref) && written.test(row.content);
    }
    found.set(ref, facts);
  }
  return found;
}

/** A deletion has no content. */
function numbersIn(content: string): string[] {
  if (content === '') return [];
  const { identifier = [] } = JSON.parse(content) as Patient;
  return identifier.filter(isNumber).flatMap(({ value }) => value?.replaceAll(/[\s-]/g, '') ?? []);
}

function isNumber({ system }: Identifier): boolean {
  return normaliseIdentifierSystem(system ?? '') === nhsNumberSystem;
}
