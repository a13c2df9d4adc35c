import { Injectable } from '@nestjs/common';
import type { Consent, Flag, Task } from 'fhir/r4';
import { error, everyone, FhirError, idIn, parseJson } from '#fhir';
import { type SearchQuery, searchParameter } from '#fhir-search';
import { FhirStore } from '#fhir-store';
import type { Contact } from '../../domain/contact.js';
import { contactSays } from '../../domain/contact-says.js';
import { forbiddenHelpers, helpersIn, isFromThem, mayNotBeContacted, momentOf } from '../../domain/do-not-contact.js';
import { ReferralTasks } from '../referral-tasks.js';

const flagsAtMost = 200;
/** Whoever may not be contacted may be spared a call that was planned. */
const neverWas: readonly string[] = ['entered-in-error', 'cancelled', 'not-done'];

/** Whether a contact may be made, and says what it must. */
@Injectable()
export class JudgeContact {
  constructor(
    private readonly store: FhirStore,
    private readonly tasks: ReferralTasks,
  ) {}

  /** Throws for a contact that may not be, and for one that leaves out what its colour demands. */
  async execute(contact: Contact, task: Task, now: Date): Promise<void> {
    const issues = contactSays(contact, now);
    if (issues.length > 0) throw new FhirError(issues, { status: 422 });
    if (neverWas.includes(contact.status) || isFromThem(contact)) return;
    const at = momentOf(contact, now);
    if (await this.isProhibited(task, at)) throw prohibited(contact);
    const helpers = helpersIn(contact);
    if (helpers.length === 0) return;
    const consents = await this.#about<Consent>('Consent', idIn(task.for, 'Patient'));
    const forbidden = forbiddenHelpers(consents, at);
    if (helpers.some((id) => forbidden.includes(id))) throw helperForbidden(contact);
  }

  /** Whether the person of this Task may not be contacted: whoever said so, whoever may read it. */
  async isProhibited(task: Task, at: Date): Promise<boolean> {
    const flags = await this.#about<Flag>('Flag', idIn(task.for, 'Patient'));
    const request = (await this.tasks.requestOf(task))?.resource;
    return mayNotBeContacted({ flags, request }, at);
  }

  async #about<R>(type: 'Flag' | 'Consent', patientId: string | undefined): Promise<R[]> {
    const parameter = searchParameter(type, 'patient');
    if (!parameter || patientId === undefined) return [];
    const query: SearchQuery = {
      type,
      criteria: [{ parameter, values: [{ type: 'reference', value: `Patient/${patientId}` }] }],
      includes: [],
      sort: [],
      count: flagsAtMost,
      total: 'none',
      applied: new URLSearchParams(),
    };
    const { matches, next } = await this.store.search(query, everyone);
    // One that was not looked at could be the one that forbids.
    if (next !== undefined) {
      throw FhirError.of('too-costly', `There are more than ${String(flagsAtMost)} resources ${type} of this person.`);
    }
    return matches.map(({ content }) => parseJson(content) as R);
  }
}

function prohibited({ resourceType }: Contact): FhirError {
  const diagnostics =
    'This person may not be contacted: a Flag or the referral says contacting-subject-prohibited. Speak with the requester. What the person says of their own accord is a Communication that they send (sender).';
  return new FhirError([error('suppressed', diagnostics, resourceType)], { status: 422 });
}

function helperForbidden({ resourceType }: Contact): FhirError {
  const place = resourceType === 'Encounter' ? 'Encounter.participant' : 'Communication.recipient';
  const diagnostics = 'A Consent of the person forbids contact with this RelatedPerson about them.';
  return new FhirError([error('suppressed', diagnostics, place)], { status: 422 });
}
