import { Injectable } from '@nestjs/common';
import type { Task } from 'fhir/r4';
import { type Audience, everyone, FhirError, idIn, parseJson } from '#fhir';
import { type SearchQuery, searchParameter } from '#fhir-search';
import { FhirStore, type Stored, type Write } from '#fhir-store';
import { fulfil, hasCode } from '../domain/codes.js';

/** A Task as it is stored. */
export interface StoredTask {
  stored: Stored;
  task: Task;
}

const partsAtMost = 200;

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

  /** The providers' Tasks of all referrals of a person. */
  async partsAbout(patientId: string): Promise<StoredTask[]> {
    const found = await this.#find('patient', `Patient/${patientId}`);
    return found.filter(
      ({ task }) => task.partOf !== undefined && hasCode(task.code, fulfil.system ?? '', fulfil.code ?? ''),
    );
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

  /** Tasks that were made for a ServiceRequest without being its work: those that ask for questionnaires. */
  async basedOn(serviceRequestId: string): Promise<StoredTask[]> {
    return this.#find('based-on', `ServiceRequest/${serviceRequestId}`);
  }

  async #read(id: string): Promise<StoredTask | undefined> {
    const stored = await this.store.read('Task', id, everyone);
    return stored && !stored.deleted ? { stored, task: parseJson(stored.content) as Task } : undefined;
  }

  async #find(code: string, reference: string): Promise<StoredTask[]> {
    const parameter = searchParameter('Task', code);
    if (!parameter) return [];
    const query: SearchQuery = {
      type: 'Task',
      criteria: [{ parameter, values: [{ type: 'reference', value: reference }] }],
      includes: [],
      sort: [],
      count: partsAtMost,
      total: 'none',
      applied: new URLSearchParams(),
    };
    const { matches, next } = await this.store.search(query, everyone);
    // A state that is made of a part of the Tasks would be wrong.
    if (next !== undefined) {
      throw FhirError.of('too-costly', `This referral has more than ${String(partsAtMost)} Tasks.`);
    }
    return matches.map((stored) => ({ stored, task: parseJson(stored.content) as Task }));
  }
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
