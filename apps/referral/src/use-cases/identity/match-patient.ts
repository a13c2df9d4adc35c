import { Injectable } from '@nestjs/common';
import type { Patient } from 'fhir/r4';
import { type Audience, nhsNumberSystem, parseJson } from '#fhir';
import { parseSearch, type SearchQuery } from '#fhir-search';
import { FhirStore, type Stored } from '#fhir-store';
import { nhsNumberOf } from '../../domain/identity/nhs-number.js';
import { matchOf, type PersonMatch } from '../../domain/identity/person-match.js';

export interface MatchedPatient extends PersonMatch {
  patient: Patient;
  /** Who may read it. */
  audience: Audience;
}

const onePage = 200;
/** Of one search: a birth date that stands for an unknown one, or a postcode's beginning, is shared by any number. */
const pagesAtMost = 10;
const longestName = 100;
/** Of the postcodes of one record, that are searched for: each costs work. */
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
      for (const { id, content, audience } of await this.#candidates(query, reader)) {
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

  async #candidates(query: SearchQuery, reader: Audience): Promise<Stored[]> {
    const found: Stored[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < pagesAtMost; page++) {
      const asked = { ...query, count: onePage, ...(cursor === undefined ? {} : { cursor }) };
      const { matches, next } = await this.store.search(asked, reader);
      found.push(...matches);
      if (next === undefined) return found;
      cursor = next;
    }
    return found;
  }
}

function order({ grade }: PersonMatch): number {
  return ['certain', 'probable', 'possible', 'certainly-not'].indexOf(grade);
}

/**
 * What two records of one person share at the least: a number, or a birth date, maybe with day and month swapped, or a postcode.
 * Names are not searched for, since an index compares them with their hyphens, apostrophes and spaces.
 */
function searchesFor(asked: Patient): Record<string, string>[] {
  const [year, month, day] = asked.birthDate?.split('-') ?? [];
  const isSwappable = day !== undefined && Number(day) <= 12 && day !== month;
  return [
    ...narrowSearchesFor(asked),
    ...(isSwappable ? [{ birthdate: [year, day, month].join('-') }] : []),
    ...postcodeSearches(asked),
  ];
}

/** What is shared by records that a machine may take for those of one person. */
function narrowSearchesFor(asked: Patient): Record<string, string>[] {
  const { birthDate } = asked;
  return [...numberSearches(asked), ...(birthDate === undefined ? [] : [{ birthdate: birthDate }])];
}

function numberSearches(asked: Patient): Record<string, string>[] {
  const number = nhsNumberOf(asked);
  return number === undefined ? [] : [{ identifier: `${nhsNumberSystem}|${number}` }];
}

/** Where there is no name, nobody is told by the postcode. */
function postcodeSearches({ name = [], address = [] }: Patient): Record<string, string>[] {
  const isNamed = name.some(({ family }) => isSearchable(family));
  const postcodes = address.flatMap(({ postalCode }) => (isSearchable(postalCode) ? postalCode : []));
  if (!isNamed || postcodes.length === 0) return [];
  const spelt = new Set([...new Set(postcodes)].slice(0, valuesAtMost).flatMap(spellingsOf));
  return [{ 'address-postalcode': [...spelt].map((value) => value.replace(/[\\,|$]/g, '\\$&')).join(',') }];
}

/** What is no word, or no name that anybody bears, finds nobody. */
function isSearchable(value: string | undefined): value is string {
  return value !== undefined && /[\p{L}\p{N}]/u.test(value) && value.length <= longestName;
}

/** Each spelling of a postcode, as it stands there and as others write it. */
function spellingsOf(postcode: string): string[] {
  const compact = postcode.toUpperCase().replace(/[^A-Z0-9]/g, '');
  return compact === '' ? [postcode] : [postcode, compact, `${compact.slice(0, -3)} ${compact.slice(-3)}`.trim()];
}
