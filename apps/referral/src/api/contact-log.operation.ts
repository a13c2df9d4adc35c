// An operation on an instance of Task or ServiceRequest. https://hl7.org/fhir/R4/operations.html
import { Injectable } from '@nestjs/common';
import type { Bundle } from 'fhir/r4';
import {
  type FhirRequest,
  type FhirResponse,
  Operation,
  type OperationDefinition,
  operationParametersOf,
} from '#fhir-server';
import { Platform } from '#service';
import type { Contact } from '../domain/contact.js';
import { contactTotals, logOf } from '../domain/contact-log.js';
import { ListContacts } from '../use-cases/contacts/list-contacts.js';

const count = { type: 'unsignedInt', min: 1, max: '1', use: 'out' } as const;

function countBy(name: string, documentation: string) {
  return {
    name,
    use: 'out' as const,
    min: 0,
    max: '*' as const,
    documentation,
    parts: [
      { name: 'code', min: 1, max: '1' as const, type: 'code', documentation: 'Of what.' },
      { name: 'count', min: 1, max: '1' as const, type: 'unsignedInt', documentation: 'How many.' },
    ],
  };
}

/** Every contact and attempt as one list, with what they come to. */
@Injectable()
export class ContactLogOperation extends Operation {
  readonly definition: OperationDefinition = {
    code: 'contact-log',
    title: 'The contact log',
    description:
      'Every contact and attempt that the caller may see, the oldest first, each with its own colour: of one provider (Task) or of the whole referral (ServiceRequest).',
    system: false,
    types: ['Task', 'ServiceRequest'],
    type: false,
    instance: true,
    methods: ['GET', 'POST'],
    affectsState: false,
    parameters: [
      { name: 'contacts', documentation: 'How many contacts and attempts.', ...count },
      { name: 'minutes', documentation: 'Minutes in all, of those that say how long they were.', ...count },
      { name: 'timed', documentation: 'How many say how long they were.', ...count },
      countBy('result', 'How many went how.'),
      countBy('readiness', 'How many had which colour.'),
      countBy('channel', 'How many by which channel.'),
      countBy('language', 'How many in which language.'),
      {
        name: 'doNotContact',
        use: 'out',
        min: 1,
        max: '1',
        type: 'boolean',
        documentation: 'True where the person may not be contacted now.',
      },
      { name: 'log', use: 'out', min: 1, max: '1', type: 'Bundle', documentation: 'Encounter and Communication.' },
    ],
  };

  constructor(
    private readonly listContacts: ListContacts,
    private readonly platform: Platform,
  ) {
    super();
  }

  async execute(request: FhirRequest): Promise<FhirResponse> {
    operationParametersOf(request, this.definition);
    const { type = '', id = '', caller, now } = request;
    const { contacts, doNotContact } = await this.listContacts.execute(
      { type, id },
      { audience: caller.audience, now },
    );
    const log = bundleOf(contacts, this.platform.settings.baseUrl);
    const told = [
      ...contactTotals(contacts),
      { name: 'doNotContact', valueBoolean: doNotContact },
      { name: 'log', resource: log },
    ];
    return { status: 200, resource: logOf(told) };
  }
}

function bundleOf(contacts: readonly Contact[], baseUrl: string): Bundle {
  const entry = contacts.map((resource) => ({
    fullUrl: `${baseUrl}/${resource.resourceType}/${resource.id ?? ''}`,
    resource,
  }));
  return { resourceType: 'Bundle', type: 'collection', ...(entry.length === 0 ? {} : { entry }) };
}
