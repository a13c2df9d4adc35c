import { Injectable } from '@nestjs/common';
import type { Patient, Task } from 'fhir/r4';
import { error, FhirError, idIn, isReadWith, parseJson } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import { FhirStore, type Stored, type Write } from '#fhir-store';
import { provenanceWrite } from '#service';
import { recordsOf, withLink } from '../../domain/identity/link-task.js';

const allowed: readonly Task['status'][] = ['requested', 'in-progress', 'completed', 'rejected'];

/**
 * Somebody says whether two records are of one person. Each record then names the other only if everybody who reads it may
 * read the other, too; otherwise the Task alone says it, to the organisation that decided.
 */
@Injectable()
export class SettleLink {
  constructor(private readonly store: FhirStore) {}

  async execute(wished: Task, before: Stored, { caller, act, now }: FhirRequest): Promise<Write[]> {
    const previous = parseJson(before.content) as Task;
    if (caller.organisation !== undefined && caller.organisation !== idIn(previous.owner, 'Organization')) {
      throw FhirError.of('forbidden', 'This Task is settled by its owner.');
    }
    if (!allowed.includes(wished.status)) {
      const diagnostics = `A Task that asks for a link is one of: ${allowed.join(', ')}.`;
      throw new FhirError([error('business-rule', diagnostics, 'Task.status')], { status: 422 });
    }
    const { status, note, statusReason } = wished;
    const more = { ...(note && { note }), ...(statusReason && { statusReason }) };
    const resource: Task = { ...previous, status, ...more, lastModified: now.toISOString() };
    const { audience, version } = before;
    const own: Write = { interaction: 'update', resource, audience, version, persons: recordsOf(previous) };
    const writes: Write[] = [own, ...(await this.#links(resource, caller))];
    const sources = [`Task/${before.id}/_history/${String(version)}`];
    return [...writes, provenanceWrite({ writes, act, onBehalfOf: previous.owner, sources, audience, now })];
  }

  /** What is not seen any more is not changed. */
  async #links(task: Task, { audience }: FhirRequest['caller']): Promise<Write[]> {
    const [one, other] = await Promise.all(recordsOf(task).map((id) => this.store.read('Patient', id, audience)));
    if (!one || !other || one.deleted || other.deleted) return [];
    const isLinked = task.status === 'completed';
    return [...linked(one, other, isLinked), ...linked(other, one, isLinked)];
  }
}

function linked(one: Stored, other: Stored, isLinked: boolean): Write[] {
  if (isLinked && !isReadWith(one.audience, other.audience)) return [];
  const before = parseJson(one.content) as Patient;
  const resource = withLink(before, other.id, isLinked);
  if (resource === before) return [];
  const { audience, version } = one;
  return [
    {
      interaction: 'update',
      resource,
      audience,
      version,
      event: isLinked ? 'patient-linked.v1' : 'patient-unlinked.v1',
    },
  ];
}
