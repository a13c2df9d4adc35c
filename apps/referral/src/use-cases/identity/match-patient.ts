import { Injectable } from '@nestjs/common';
import type { Patient } from 'fhir/r4';
import { type Audience, nhsNumberSystem, parseJson } from '#fhir';
import { parseSearch } from '#fhir-search';
import { FhirStore } from '#fhir-store';
import { nhsNumberOf } from '../../domain/identity/nhs-number.js';
import { matchOf, type PersonMatch } from '../../domain/identity/person-match.js';

export interface MatchedPatient extends PersonMatch {
  patient: Patient;
  /** Who may read it. */
  audience: Audience;
}

/** Of one search; who shares a family name and a birth date with more is not told apart by them. */
const candidatesAtMost = 200;
const longestName = 100;
/** Of the names and of the postcodes of one record, that are searched for: each costs work. */
const valuesAtMost = 20;

/** Records that may be of the same person, among those that the reader may see. */
@Injectable()
export class MatchPatient {
  constructor(private readonly store: FhirStore) {}

  /** The best first. `certainly-not` is never among them. */
  execute(asked: Patient, reader: Audience): Promise<MatchedPatient[]> {
    return this.#among(searchesFor(asked), { asked, reader });
  }

  /** Other records than this one, certain and probable ones alone, by less work. */
  async likely(asked: Patient, reader: Audience): Promise<MatchedPatient[]> {
    const found = await this.#among(narrowSearchesFor(asked), { asked, reader });
    const others = found.filter(({ patient: { id } }) => id !== asked.id);
    return others.filter(({ grade }) => grade === 'certain' || grade === 'probable');
  }

  async #among(
    searches: readonly Record<string, string>[],
    { asked, reader }: { asked: Patient; reader: Audience },
  ): Promise<MatchedPatient[]> {
    const found = new Map<string, MatchedPatient>();
    for (const search of searches) {
      const { query } = parseSearch('Patient', new URLSearchParams(search), { lenient: false });
      const { matches } = await this.store.search({ ...query, count: candidatesAtMost }, reader);
      for (const { id, content, audience } of matches) {
        const patient = parseJson(content) as Patient;
        found.set(id, { patient, audience, ...matchOf(asked, patient) });
      }
    }
    return [...found.values()]
      .filter(({ grade }) => grade !== 'certainly-not')
      .sort(
        (a, b) => order(a) - order(b) || b.score - a.score || ((a.patient.id ?? '') < (b.patient.id ?? '') ? -1 : 1),
      );
  }
}

function order({ grade }: PersonMatch): number {
  return ['certain', 'probable', 'possible', 'certainly-not'].indexOf(grade);
}

/** What two records of one person share at the least: a number, or a birth date, or a name at a postcode. */
function searchesFor(asked: Patient): Record<string, string>[] {
  const { birthDate } = asked;
  return [
    ...numberSearches(asked),
    ...(birthDate === undefined ? [] : [{ birthdate: birthDate }]),
    ...namesAtPostcodes(asked),
  ];
}

/** What is shared by records that a machine may take for those of one person. */
function narrowSearchesFor(asked: Patient): Record<string, string>[] {
  const { birthDate } = asked;
  const names = birthDate === undefined ? [] : namesAtPostcodes(asked);
  return [...numberSearches(asked), ...names.map((search) => ({ ...search, birthdate: birthDate ?? '' }))];
}

function numberSearches(asked: Patient): Record<string, string>[] {
  const number = nhsNumberOf(asked);
  return number === undefined ? [] : [{ identifier: `${nhsNumberSystem}|${number}` }];
}

function namesAtPostcodes({ name = [], address = [] }: Patient): Record<string, string>[] {
  const families = searchable(name.map(({ family }) => family));
  const postcodes = searchable(address.map(({ postalCode }) => postalCode));
  return families === '' || postcodes === '' ? [] : [{ family: families, 'address-postalcode': postcodes }];
}

/** Any of them. What is no word, or no name that anybody bears, finds nobody. */
function searchable(values: readonly (string | undefined)[]): string {
  const words = values.filter(
    (value) => value !== undefined && /[\p{L}\p{N}]/u.test(value) && value.length <= longestName,
  );
  return [...new Set(words)]
    .slice(0, valuesAtMost)
    .map((value = '') => value.replace(/[\\,|$]/g, '\\$&'))
    .join(',');
}
