import { FhirError } from '#fhir';
import { DuplicateKey } from '#fhir-store';
import { type FhirRequest, type FhirResponse, Operation, type OperationDefinition } from '../src/index.js';

/** Speaks the Booking and Referral Standard; the header `x-test` chooses how it fails. */
export class AnswerMessage extends Operation {
  readonly definition: OperationDefinition = {
    code: 'process-message',
    title: 'Take a message',
    description: 'Takes a message.',
    system: true,
    types: [],
    instance: false,
    methods: ['POST'],
    affectsState: true,
    bars: true,
  };

  execute({ headers, resource, act }: FhirRequest): Promise<FhirResponse> {
    switch (headers['x-test']) {
      case 'duplicate':
        throw new DuplicateKey('process-message|gp-practice|1');
      case 'defect':
        throw new TypeError('Cannot read the name Lovelace', { cause: { name: 'Lovelace' } });
      case 'database-away':
        throw Object.assign(new Error('connect 10.1.1.1 Lovelace'), { code: 'ECONNREFUSED' });
      case 'coded':
        throw new FhirError([
          { severity: 'error', code: 'invalid', diagnostics: 'Its own code stays.', details: { text: 'own' } },
        ]);
    }
    const sent = headers['x-request-id'] ?? 'none';
    const type = resource?.resourceType ?? 'none';
    return Promise.resolve({
      status: 200,
      content: JSON.stringify({ resourceType: 'Basic', code: { text: `${type}, id ${sent}, ${act.interaction}` } }),
    });
  }
}

export class CountTasks extends Operation {
  readonly definition: OperationDefinition = {
    code: 'status',
    title: 'Count',
    description: 'Answers its query.',
    system: false,
    types: ['Task'],
    instance: false,
    methods: ['GET'],
    affectsState: false,
  };

  execute({ query }: FhirRequest): Promise<FhirResponse> {
    return Promise.resolve({ status: 200, content: query.toString(), contentType: 'text/csv; charset=utf-8' });
  }
}

export class EchoTask extends Operation {
  readonly definition: OperationDefinition = {
    code: 'everything',
    title: 'One Task',
    description: 'Answers its target.',
    system: false,
    types: ['Task'],
    type: false,
    instance: true,
    methods: ['GET', 'POST'],
    affectsState: false,
  };

  execute({ type = '', id = '', resource }: FhirRequest): Promise<FhirResponse> {
    return Promise.resolve({
      status: 202,
      headers: { 'x-target': `${type}/${id}` },
      ...(resource ? { resource } : {}),
    });
  }
}

/** Work that never ends. */
export class NeverEnds extends Operation {
  readonly definition: OperationDefinition = {
    code: 'find-activities',
    title: 'Work without end',
    description: 'Answers never.',
    system: false,
    types: ['Task'],
    instance: false,
    methods: ['POST'],
    affectsState: false,
  };

  execute(): Promise<FhirResponse> {
    return new Promise(() => undefined);
  }
}
