import { Injectable } from '@nestjs/common';
import type { Task } from 'fhir/r4';
import { type Audience, FhirError, idIn, parseJson } from '#fhir';
import { type SearchQuery, searchParameter } from '#fhir-search';
import { FhirStore } from '#fhir-store';
import type { Contact } from '../../domain/contact.js';
import { inOrder, isContact, isOfTask } from '../../domain/contact-log.js';
import { ReferralTasks } from '../referral-tasks.js';
import { JudgeContact } from './judge-contact.js';

/** Of one referral: more than weeks of daily calls have. */
const contactsAtMost = 1_000;

export interface ContactList {
  /** The oldest first. */
  contacts: Contact[];
  doNotContact: boolean;
}

/** The contacts of a Task, or of a whole referral, that the reader may see. */
@Injectable()
export class ListContacts {
  constructor(
    private readonly store: FhirStore,
    private readonly tasks: ReferralTasks,
    private readonly judgeContact: JudgeContact,
  ) {}

  /** Throws where the Task or ServiceRequest is not there for the reader. */
  async execute(
    { type, id }: { type: string; id: string },
    { audience, now }: { audience: Audience; now: Date },
  ): Promise<ContactList> {
    const stored = await this.store.read(type, id, audience);
    if (!stored || stored.deleted)
      throw FhirError.of('not-found', `There is no ${type} at this address that you may see.`);
    const task = type === 'Task' ? (parseJson(stored.content) as Task) : undefined;
    const requestId = task === undefined ? id : idIn(task.focus, 'ServiceRequest');
    const found = await Promise.all(
      (['Encounter', 'Communication'] as const).map((kind) => this.#of(kind, requestId, audience)),
    );
    const isPart = task?.partOf !== undefined;
    const contacts = found.flat().filter((one) => isContact(one) && (!isPart || isOfTask(one, id)));
    const about = task ?? (await this.tasks.referralOf(id))?.task;
    const doNotContact = about !== undefined && (await this.judgeContact.isProhibited(about, now));
    return { contacts: inOrder(contacts), doNotContact };
  }

  async #of(type: Contact['resourceType'], requestId: string | undefined, audience: Audience): Promise<Contact[]> {
    const parameter = searchParameter(type, 'based-on');
    if (!parameter || requestId === undefined) return [];
    const query: SearchQuery = {
      type,
      criteria: [{ parameter, values: [{ type: 'reference', value: `ServiceRequest/${requestId}` }] }],
      includes: [],
      sort: [],
      count: contactsAtMost,
      total: 'none',
      applied: new URLSearchParams(),
    };
    const { matches, next } = await this.store.search(query, audience);
    // Totals of a part of them would be wrong.
    if (next !== undefined) {
      throw FhirError.of('too-costly', `This referral has more than ${String(contactsAtMost)} resources ${type}.`);
    }
    return matches.map(({ content }) => parseJson(content) as Contact);
  }
}
