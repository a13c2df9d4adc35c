import { Injectable } from '@nestjs/common';
import type { FhirResource } from 'fhir/r4';
import { type Audience, parseJson } from '#fhir';
import { FhirStore, type Stored } from '#fhir-store';
import { personOf } from '../domain/person-of.js';
import { hangsOn, placeOf, riding, stepsAtMost } from '../domain/riding.js';

/** What hangs on a referral without being named by it: what was sent after it, above all. */
@Injectable()
export class RidingRecords {
  constructor(private readonly store: FhirStore) {}

  /** The person's records that hang on one of these places, or on a record that does. */
  async of(person: string, { places, reader, maker }: Hanging): Promise<Stored[]> {
    const known = new Set(places);
    const records = await this.store.readMany(await this.store.recordsOf(person, riding), reader);
    const found: Stored[] = [];
    for (let step = 0; step < stepsAtMost; step++) {
      const hanging = records.filter((one) => !known.has(placeOf(one)) && hangsOn(resourceOf(one), known));
      const latest = await this.#thoseOf(hanging, { person, maker });
      if (latest.length === 0) break;
      found.push(...latest);
      for (const one of latest) known.add(placeOf(one));
    }
    return found;
  }

  /** About this person and nobody else. One that is about a thing was kept with the person whose referral it came with. */
  async isAbout(person: string, stored: Stored): Promise<boolean> {
    const named = personOf(resourceOf(stored));
    if (named !== undefined) return named === person;
    const persons = await this.store.personsOf(stored);
    return persons.length === 1 && persons[0] === person;
  }

  async #thoseOf(records: readonly Stored[], { person, maker }: { person: string; maker: string | undefined }) {
    const found: Stored[] = [];
    for (const one of records) {
      const isMade = maker === undefined || (await this.store.authorOf(one.type, one.id)) === maker;
      if (isMade && (await this.isAbout(person, one))) found.push(one);
    }
    return found;
  }
}

interface Hanging {
  /** Of the referral, its Tasks and what it names, as `Type/id`. */
  places: Iterable<string>;
  reader: Audience;
  /** The organisation that made them, where others' are not asked for. */
  maker?: string;
}

function resourceOf({ content }: Stored): FhirResource {
  return parseJson(content) as FhirResource;
}
