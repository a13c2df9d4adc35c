import type { OperationDefinition, OperationParameter } from '../operation.js';

/** https://hl7.org/fhir/R4/patient-operation-everything.html */
export function everythingDefinition(type: 'Patient' | 'ServiceRequest'): OperationDefinition {
  return {
    code: 'everything',
    title: type === 'Patient' ? 'Everything about a patient' : 'Everything about a referral',
    description:
      type === 'Patient'
        ? 'All that the caller may see of what points to this Patient record, and what that names, page by page.'
        : 'All that the caller may see of what hangs on this ServiceRequest or on its Tasks, and what that names, page by page.',
    system: false,
    types: [type],
    type: false,
    instance: true,
    methods: ['GET', 'POST'],
    affectsState: false,
    parameters: [...(type === 'Patient' ? careDates : []), ...paging],
  };
}

const careDates: OperationParameter[] = [
  {
    name: 'start',
    use: 'in',
    min: 0,
    max: '1',
    type: 'date',
    documentation: 'Care from this day on; what has no date of care comes too.',
  },
  {
    name: 'end',
    use: 'in',
    min: 0,
    max: '1',
    type: 'date',
    documentation: 'Care until this day; what has no date of care comes too.',
  },
];

const paging: OperationParameter[] = [
  { name: '_since', use: 'in', min: 0, max: '1', type: 'instant', documentation: 'Only what was changed since then.' },
  { name: '_type', use: 'in', min: 0, max: '*', type: 'code', documentation: 'Only these resource types.' },
  {
    name: '_count',
    use: 'in',
    min: 0,
    max: '1',
    type: 'integer',
    documentation: 'Matches on a page; what they name comes beside.',
  },
  { name: '_cursor', use: 'in', min: 0, max: '1', type: 'string', documentation: 'As the next link has it.' },
  { name: 'return', use: 'out', min: 1, max: '1', type: 'Bundle', documentation: 'A searchset.' },
];
