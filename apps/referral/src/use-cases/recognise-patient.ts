import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { Patient } from 'fhir/r4';
import {
  type Audience,
  audienceOf,
  bearsLabel,
  everyone,
  FhirError,
  idIn,
  type Issue,
  organisationsOf,
  restrictedAs,
  warning,
} from '#fhir';
import type { FhirRequest } from '#fhir-server';
import { type SearchQuery, searchParameter } from '#fhir-search';
import { FhirStore, type Stored, type Write } from '#fhir-store';
import { reliableNumberOf } from '../domain/identity/nhs-number.js';
import { patientEvent, tellsNews, toldAnew, toldOtherwise, unlinked } from '../domain/identity/patient-change.js';
import { isPersonOf, isSamePerson } from '../domain/same-person.js';

export interface RecognisedPatient {
  id: string;
  /** What the sender should know of how the person was recognised. */
  remarks: Issue[];
  /** The record with what is said of the person now. */
  asKept: (patient: Patient) => Patient;
  /** The record bears a label that the sender does not: it is not changed by the message, and nothing new hangs on it. */
  isHidden: boolean;
  /** The write of the person's record for a referral that this audience sees. */
  writes: (patient: Patient, audience: Audience) => Write[];
}

/**
 * The requesting organisation's own record of a person: the one that it sent before under the same NHS number, the one of the
 * referral that it speaks of, or a new one.
 */
@Injectable()
export class RecognisePatient {
  constructor(private readonly store: FhirStore) {}

  /** `referral`: the one that the message speaks of, where that is here. */
  async execute(
    patient: Patient,
    { caller, newId }: FhirRequest,
    referral?: { person: string },
  ): Promise<RecognisedPatient> {
    const { organisation } = caller;
    const number = reliableNumberOf(patient);
    const told = toldOtherwise(patient);
    if (organisation === undefined) return { ...madeNew(newId(), {}), remarks: told };
    const managing = { managingOrganization: { reference: `Organization/${organisation}` } };
    const saying = { said: patient, reader: caller.audience };
    if (number === undefined) {
      const known = await this.#ofReferral(referral, patient, organisation);
      return known ? recognised(known, managing, saying) : { ...madeNew(newId(), managing), remarks: told };
    }
    // The key first: a record that somebody makes after this moment has used it, one made before is found by the search.
    const key = await this.#freeKey(organisation, number);
    const numbered = await this.#numbered(number, organisation);
    const same = numbered.filter(({ content }) => isSamePerson(JSON.parse(content) as Patient, patient));
    const numberless = numbered.length === 0 ? await this.#ofReferral(referral, patient, organisation) : undefined;
    const known = same.find(({ id }) => id === referral?.person) ?? (await this.#oldest(same)) ?? numberless;
    if (known) return recognised(known, managing, saying);
    return { ...madeNew(newId(), managing, [key]), remarks: [...told, ...(numbered.length > 0 ? [otherPerson] : [])] };
  }

  /**
   * Who makes the record of a number uses its key, so that of two at once one comes too late and finds the other's. The number
   * may come again for another record, when the first was corrected or is another person's: then the next key is free.
   */
  async #freeKey(organisation: string, number: string): Promise<string> {
    // Not the number itself: a key may be quoted by the database's faults.
    const digest = createHash('sha256').update(`${organisation}|${number}`).digest('hex');
    for (let record = 1; ; record++) {
      const key = `patient|${organisation}|${digest}|${String(record)}`;
      if (!(await this.store.wasUsed(key))) return key;
    }
  }

  /** The organisation's own records that bear this number, labelled ones too. What another made is none of them. */
  async #numbered(number: string, organisation: string): Promise<Stored[]> {
    const parameter = searchParameter('Patient', 'identifier');
    if (!parameter) return [];
    const query: SearchQuery = {
      type: 'Patient',
      criteria: [{ parameter, values: [{ type: 'token', value: number }] }],
      includes: [],
      sort: [],
      count: 1000,
      total: 'none',
      applied: new URLSearchParams(),
    };
    const { matches } = await this.store.search(query, withLabels(organisation));
    return matches.filter(({ content }) => {
      const record = JSON.parse(content) as Patient;
      return reliableNumberOf(record) === number && idIn(record.managingOrganization, 'Organization') === organisation;
    });
  }

  /** The organisation's own record of whom the referral is for, where the message plainly speaks of that person. */
  async #ofReferral(
    referral: { person: string } | undefined,
    said: Patient,
    organisation: string,
  ): Promise<Stored | undefined> {
    if (!referral) return undefined;
    const stored = await this.store.read('Patient', referral.person, withLabels(organisation));
    if (!stored || stored.deleted) return undefined;
    const record = JSON.parse(stored.content) as Patient;
    const isOwn = idIn(record.managingOrganization, 'Organization') === organisation;
    return isOwn && isPersonOf(record, said) ? stored : undefined;
  }

  /** By the time of the first version: that of the current one changes with each message. */
  async #oldest(records: readonly Stored[]): Promise<Stored | undefined> {
    if (records.length <= 1) return records[0];
    const aged = await Promise.all(
      records.map(async (record) => {
        const first = await this.store.readVersion('Patient', record.id, 1, everyone);
        return { record, made: first?.lastUpdated.getTime() ?? 0 };
      }),
    );
    return aged.sort((a, b) => a.made - b.made || (a.record.id < b.record.id ? -1 : 1))[0]?.record;
  }
}

const otherPerson = warning(
  'business-rule',
  'You sent a Patient with this NHS number before whose date of birth, family name or given name differs: this is kept as another record. Check which of them is right.',
  'Patient.identifier',
);

const personKept = warning(
  'business-rule',
  'You sent a Patient with this NHS number before whose date of birth, family name or given name differs: nothing of the record of this referral was changed. Correct it by PUT Patient/[id] where it is wrong.',
  'Patient.identifier',
);

const recordKept = warning(
  'business-rule',
  'The Patient of this message is not known for sure as the person of this referral: nothing of the record was changed. Send the NHS number or date of birth and names as they are here, or correct the record by PUT Patient/[id].',
  'Patient',
);

/**
 * What is told of the Patient of a message about a referral that is here: whose that is does not change by it. `record` is that
 * person's, as far as its sender may see it.
 */
export function remarksUnder(
  { id, remarks }: RecognisedPatient,
  { person, record, said }: { person: string; record: Patient | undefined; said: Patient },
): Issue[] {
  if (id === person) return remarks;
  if (remarks.includes(otherPerson)) return remarks.map((one) => (one === otherPerson ? personKept : one));
  return record && !tellsNews(record, said) ? remarks : [...remarks, recordKept];
}

/** As who reads of its own also what is labelled. */
function withLabels(organisation: string): Audience {
  return [organisation, `${organisation}#R`, `${organisation}#V`];
}

function madeNew(
  id: string,
  managing: Partial<Patient>,
  keys: readonly string[] = [],
): Omit<RecognisedPatient, 'remarks'> {
  const asKept = (sent: Patient): Patient => ({ ...unlinked(sent), ...managing, id });
  const writes = (sent: Patient, audience: Audience): Write[] => [
    { interaction: 'create', resource: asKept(sent), audience, keys },
  ];
  return { id, asKept, writes, isHidden: false };
}

/** Throws where the person of something new is hidden from its sender: it would make what the sender does not see again. */
export function refuseHidden({ isHidden }: RecognisedPatient, expression: string): void {
  if (!isHidden) return;
  const diagnostics =
    'The record of this person bears a label: what is about the person is sent with the scope that shows such records.';
  throw FhirError.of('forbidden', diagnostics, { expression });
}

function recognised(
  known: Stored,
  managing: Partial<Patient>,
  { said, reader }: { said: Patient; reader: Audience },
): RecognisedPatient {
  const { id, version } = known;
  const before = JSON.parse(known.content) as Patient;
  const asKept = (sent: Patient): Patient => restrictedAs({ ...toldAnew(before, sent), ...managing, id }, before);
  const isHidden = !bearsLabel(reader, asKept(said).meta?.security);
  const writes = (sent: Patient, more: Audience): Write[] => {
    const resource = asKept(sent);
    const audience = audienceOf(...organisationsOf(known.audience), ...more);
    if (isHidden || isAsStored(resource, audience, known)) return [];
    const event = patientEvent(before, resource);
    return [{ interaction: 'update', resource, audience, version, ...(event === undefined ? {} : { event }) }];
  };
  return { id, remarks: toldOtherwise(said, before), asKept, isHidden, writes };
}

/** A message that says nothing new of the person makes no new version: many may come at the same moment. */
function isAsStored(resource: Patient, audience: Audience, known: Stored): boolean {
  const stored = JSON.parse(known.content) as Patient;
  return (
    isDeepStrictEqual(unstamped(stored), unstamped(resource)) &&
    isDeepStrictEqual(organisationsOf(known.audience), audience)
  );
}

/** Without what the store sets. */
function unstamped(patient: Patient): object {
  const stamps = ['versionId', 'lastUpdated'];
  const meta = Object.entries(patient.meta ?? {}).filter(([element]) => !stamps.includes(element));
  return { ...patient, meta: Object.fromEntries(meta) };
}
