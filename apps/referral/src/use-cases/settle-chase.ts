import { Injectable } from '@nestjs/common';
import type { Task } from 'fhir/r4';
import { error, FhirError, idIn, parseJson } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import type { Stored, Write } from '#fhir-store';

/** The provider says what came of chasing an acknowledgement: status and notes are its to write, the rest stays. */
@Injectable()
export class SettleChase {
  execute(wished: Task, before: Stored, { caller, now }: Pick<FhirRequest, 'caller' | 'now'>): Write[] {
    const previous = parseJson(before.content) as Task;
    if (caller.organisation !== idIn(previous.owner, 'Organization') && caller.role !== 'integrator') {
      throw FhirError.of('forbidden', 'This Task is settled by its owner.');
    }
    const allowed: readonly Task['status'][] = ['requested', 'in-progress', 'completed', 'cancelled'];
    if (!allowed.includes(wished.status)) {
      const diagnostics = `A Task that asks to chase is one of: ${allowed.join(', ')}.`;
      throw new FhirError([error('business-rule', diagnostics, 'Task.status')], { status: 422 });
    }
    const { status, note } = wished;
    const resource: Task = { ...previous, status, ...(note && { note }), lastModified: now.toISOString() };
    return [{ interaction: 'update', resource, audience: before.audience, version: before.version }];
  }
}
