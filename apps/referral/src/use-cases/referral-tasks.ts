import { Injectable } from '@nestjs/common';
import type { Patient, ServiceRequest, Task } from 'fhir/r4';
import { type Audience, everyone, FhirError, idIn, parseJson } from '#fhir';
import { type SearchQuery, type SearchValue, searchParameter } from '#fhir-search';
import { FhirStore, type SearchPage, type Stored, type Write } from '#fhir-store';
import { fulfil, hasCode } from '../domain/codes.js';
import { openStatuses } from '../domain/state-before.js';

/** A Task as it is stored. */
export interface StoredTask {
  stored: Stored;
  task: Task;
}

/** A ServiceRequest as it is stored. */
export interface StoredRequest {
  stored: Stored;
  resource: ServiceRequest;
}

/** A person's record as it is stored. */
export interface StoredPerson {
  stored: Stored;
  resource: Patient;
}

/** Of one referral; of one person, as many at a time. */
const partsAtMost = 200;
const dueAtATime = 50;
const alikeAtMost = 20;

/** The Tasks of one referral. */
@Injectable()
export class ReferralTasks {
  constructor(private readonly store: FhirStore) {}

  /** The parent of a provider's Task. */
  async parentOf(task: Task): Promise<StoredTask | undefined> {
    const id = idIn(task.partOf?.[0], 'Task');
    return id === undefined ? undefined : this.#read(id);
  }

  /** The providers' Tasks of a referral, without questionnaire Tasks. */
  async partsOf(parentId: string): Promise<StoredTask[]> {
    const found = await this.#find('part-of', `Task/${parentId}`);
    return found.filter(({ task }) => hasCode(task.code, fulfil.system ?? '', fulfil.code ?? ''));
  }

  /** The providers' Tasks of all referrals of a person, however many: what is told of the person concerns each of them. */
  async partsAbout(patientId: string): Promise<StoredTask[]> {
    const query = taskQuery({
      patient: { type: 'reference', value: `Patient/${patientId}` },
      code: { type: 'token', system: fulfil.system ?? '', value: fulfil.code ?? '' },
    });
    if (!query) return [];
    let page = await this.store.search(query, everyone);
    const found = [...page.matches];
    while (page.next !== undefined) {
      page = await this.store.search({ ...query, cursor: page.next }, everyone);
      found.push(...page.matches);
    }
    return found.map(storedTask).filter(({ task }) => task.partOf !== undefined);
  }

  /** Open parts with the person, requester and provider of this one, whichever referral they belong to: the newest of them. */
  async openAlike({ for: patient, requester, owner }: Task): Promise<StoredTask[]> {
    const sought = Object.entries({ patient, requester, owner }).flatMap(([code, reference]) =>
      reference?.reference === undefined ? [] : [[code, { type: 'reference', value: reference.reference }] as const],
    );
    if (sought.length < 3) return [];
    const query = taskQuery({
      ...(Object.fromEntries(sought) as Record<string, SearchValue>),
      code: { type: 'token', system: fulfil.system ?? '', value: fulfil.code ?? '' },
      status: openStatuses.map((value) => ({ type: 'token', value })),
    });
    if (!query) return [];
    const { matches } = await this.store.search({ ...query, count: alikeAtMost }, everyone);
    return matches.map(storedTask).filter(({ task }) => task.partOf !== undefined);
  }

  /** The providers' Tasks for a ServiceRequest. */
  async partsFor(serviceRequestId: string): Promise<StoredTask[]> {
    const found = await this.#find('focus', `ServiceRequest/${serviceRequestId}`);
    return found.filter(
      ({ task }) => task.partOf !== undefined && hasCode(task.code, fulfil.system ?? '', fulfil.code ?? ''),
    );
  }

  /** The referral's own Task of a ServiceRequest that was sent. */
  async referralOf(serviceRequestId: string): Promise<StoredTask | undefined> {
    const found = await this.#find('focus', `ServiceRequest/${serviceRequestId}`);
    return found.find(({ task }) => task.partOf === undefined);
  }

  /** Tasks about a Task: those that ask to cancel it. */
  async focusedOn(taskId: string): Promise<StoredTask[]> {
    return this.#find('focus', `Task/${taskId}`);
  }

  /** Tasks of any kind that are part of a Task. */
  async within(taskId: string): Promise<StoredTask[]> {
    return this.#find('part-of', `Task/${taskId}`);
  }

  async withId(id: string): Promise<StoredTask | undefined> {
    return this.#read(id);
  }

  /** The ServiceRequest that a Task is about. */
  async requestOf({ focus }: Task): Promise<StoredRequest | undefined> {
    const id = idIn(focus, 'ServiceRequest');
    const stored = id === undefined ? undefined : await this.store.read('ServiceRequest', id, everyone);
    return stored && !stored.deleted ? { stored, resource: parseJson(stored.content) as ServiceRequest } : undefined;
  }

  /** The person whom a Task is for. */
  async personOf(task: Task): Promise<StoredPerson | undefined> {
    const id = idIn(task.for, 'Patient');
    const stored = id === undefined ? undefined : await this.store.read('Patient', id, everyone);
    return stored && !stored.deleted ? { stored, resource: parseJson(stored.content) as Patient } : undefined;
  }

  /** Tasks that were made for a ServiceRequest without being its work: those that ask for questionnaires. */
  async basedOn(serviceRequestId: string): Promise<StoredTask[]> {
    return this.#find('based-on', `ServiceRequest/${serviceRequestId}`);
  }

  /** Parts of which a deadline has passed, the longest ago first; as many as are settled at a time. */
  async dueBefore(now: Date, cursor?: string): Promise<SearchPage> {
    const parameter = searchParameter('Task', 'deadline');
    if (!parameter) return { matches: [], included: [], elsewhere: [] };
    const query: SearchQuery = {
      type: 'Task',
      criteria: [{ parameter, values: [{ type: 'date', prefix: 'lt', low: now, high: now }] }],
      includes: [],
      sort: [{ parameter, descending: false }],
      count: dueAtATime,
      total: 'none',
      applied: new URLSearchParams(),
    };
    return this.store.search(cursor === undefined ? query : { ...query, cursor }, everyone);
  }

  async #read(id: string): Promise<StoredTask | undefined> {
    const stored = await this.store.read('Task', id, everyone);
    return stored && !stored.deleted ? storedTask(stored) : undefined;
  }

  async #find(code: string, reference: string): Promise<StoredTask[]> {
    const query = taskQuery({ [code]: { type: 'reference', value: reference } });
    if (!query) return [];
    const { matches, next } = await this.store.search(query, everyone);
    // A state that is made of a part of the Tasks would be wrong.
    if (next !== undefined) {
      throw FhirError.of('too-costly', `This referral has more than ${String(partsAtMost)} Tasks.`);
    }
    return matches.map(storedTask);
  }
}

/** Undefined where one of these is no parameter of Task: without it more would be found than is sought. */
function taskQuery(sought: Readonly<Record<string, SearchValue | SearchValue[]>>): SearchQuery | undefined {
  const criteria = Object.entries(sought).flatMap(([code, values]) => {
    const parameter = searchParameter('Task', code);
    return parameter ? [{ parameter, values: [values].flat() }] : [];
  });
  if (criteria.length < Object.keys(sought).length) return undefined;
  const applied = new URLSearchParams();
  return { type: 'Task', criteria, includes: [], sort: [], count: partsAtMost, total: 'none', applied };
}

function storedTask(stored: Stored): StoredTask {
  return { stored, task: parseJson(stored.content) as Task };
}

/** The referral's own Task, written under the version that was read: what happens to its parts at once meets here. */
export function parentWrite({ stored }: StoredTask, task: Task, audience: Audience = stored.audience): Write {
  return {
    interaction: 'update',
    resource: task,
    audience,
    version: stored.version,
    event: 'referral-progressed.v1',
  };
}
