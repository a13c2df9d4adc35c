import { FhirError } from '#fhir';
import { idParameter, searchParameter } from './parameters.js';
import { type ParseOptions, parseSearch } from './parse-search.js';
import type { Criterion, SearchParameter } from './search.js';

function criterion(type: string, query: string, options: Partial<ParseOptions> = {}): Criterion | undefined {
  return parseSearch(type, new URLSearchParams(query), { lenient: false, ...options }).query.criteria[0];
}

function parameter(type: string, code: string): SearchParameter {
  const found = searchParameter(type, code);
  if (found === undefined) throw new Error(`${type} has no ${code}`);
  return found;
}

/** The types that a criterion leads to, step by step. */
function steps(of: Criterion | undefined): unknown {
  if (of === undefined) return undefined;
  if ('chain' in of) return of.chain.targets.map((target) => [target.type, steps(target.criterion)]);
  return 'has' in of ? [of.has.type, steps(of.has.criterion)] : of.parameter.code;
}

function faultOf(attempt: () => unknown): unknown {
  try {
    return attempt();
  } catch (fault) {
    if (!(fault instanceof FhirError)) throw fault;
    return { status: fault.status, code: fault.issues[0]?.code };
  }
}

const ann = [{ type: 'string', value: 'ann' }];

describe('a chain', () => {
  it('asks the type that stands in it', () => {
    expect(criterion('Task', 'subject:Patient.name=Ann')).toEqual({
      chain: {
        parameter: parameter('Task', 'subject'),
        targets: [{ type: 'Patient', criterion: { parameter: parameter('Patient', 'name'), values: ann } }],
      },
    });
  });

  it('without a type asks each that the reference may point to and that has the parameter', () => {
    expect(steps(criterion('Task', 'requester.name=Ann'))).toEqual([
      ['Patient', 'name'],
      ['RelatedPerson', 'name'],
      ['Organization', 'name'],
      ['Practitioner', 'name'],
    ]);
  });

  it('leaves a type out whose parameter has another form', () => {
    // The location of a document is an address, that of anything else a reference, which this is none.
    expect(steps(criterion('Provenance', 'target.location=a/b'))).toEqual([['DocumentReference', 'location']]);
  });

  it('takes a modifier at its end', () => {
    expect(criterion('Task', 'patient.name:exact=Ann')).toMatchObject({
      chain: {
        targets: [{ criterion: { modifier: 'exact', values: [{ type: 'string', value: 'ann', exact: 'Ann' }] } }],
      },
    });
    expect(criterion('Task', 'patient.general-practitioner:missing=true')).toMatchObject({
      chain: { targets: [{ criterion: { modifier: 'missing', missing: true, values: [] } }] },
    });
  });

  it('goes on along several references', () => {
    expect(steps(criterion('Task', 'focus:ServiceRequest.subject:Patient.organization.name=x'))).toEqual([
      ['ServiceRequest', [['Patient', [['Organization', 'name']]]]],
    ]);
  });

  it('of several references without types stays within bounds', () => {
    const types = steps(criterion('Task', 'focus.subject.identifier=https://x.example|1')) as [
      string,
      [string, string][],
    ][];
    expect(types.find(([type]) => type === 'ServiceRequest')).toEqual([
      'ServiceRequest',
      [
        ['Patient', 'identifier'],
        ['Device', 'identifier'],
        ['Location', 'identifier'],
        ['Group', 'identifier'],
      ],
    ]);
  });

  it('leads to what is near', () => {
    expect(criterion('HealthcareService', 'location.near=53.79|-1.75|2|km')).toEqual({
      chain: {
        parameter: parameter('HealthcareService', 'location'),
        targets: [
          {
            type: 'Location',
            criterion: {
              parameter: parameter('Location', 'near'),
              values: [{ type: 'near', latitude: 53.79, longitude: -1.75, metres: 2000 }],
            },
          },
        ],
      },
    });
  });

  it('may end at an id', () => {
    expect(criterion('Task', 'patient._id=1')).toMatchObject({
      chain: { targets: [{ criterion: { parameter: idParameter, values: [{ type: 'token', value: '1' }] } }] },
    });
  });
});

describe('_has', () => {
  it('asks the type that points here', () => {
    expect(criterion('Patient', '_has:Task:patient:status=requested,received')).toEqual({
      has: {
        type: 'Task',
        parameter: parameter('Task', 'patient'),
        criterion: {
          parameter: parameter('Task', 'status'),
          values: [
            { type: 'token', value: 'requested' },
            { type: 'token', value: 'received' },
          ],
        },
      },
    });
  });

  it('may stand within _has', () => {
    expect(steps(criterion('Patient', '_has:ServiceRequest:subject:_has:Task:focus:owner=Organization/1'))).toEqual([
      'ServiceRequest',
      ['Task', 'owner'],
    ]);
  });

  it('may hold a chain, with types and modifiers', () => {
    expect(steps(criterion('Patient', '_has:Task:patient:owner:Organization.name:exact=x'))).toEqual([
      'Task',
      [['Organization', 'name']],
    ]);
  });

  it('may stand within a chain', () => {
    expect(steps(criterion('Encounter', 'patient._has:Group:member:_id=102'))).toEqual([['Patient', ['Group', '_id']]]);
  });
});

describe('a chain that costs too much is refused, also leniently', () => {
  const step = 'part-of:Task.';
  it.each([
    ['of more than five steps', 'Task', `${step.repeat(6)}status=x`],
    ['of more than five _has', 'Task', `${'_has:Task:part-of:'.repeat(6)}status=x`],
    ['of five steps without types', 'Task', 'focus.focus.focus.focus.focus.status=x'],
    ['of very many steps', 'Task', `${step.repeat(5000)}status=x`],
    ['with many ids of any type', 'Task', `focus.focus=${'a,'.repeat(60)}a`],
  ])('%s', (_, type, query) => {
    for (const lenient of [true, false]) {
      expect(faultOf(() => criterion(type, query, { lenient }))).toEqual({ status: 400, code: 'too-costly' });
    }
  });

  it('by limits of its own', () => {
    const query = 'part-of:Task.part-of:Task.status=x';
    expect(faultOf(() => criterion('Task', query, { limits: { depth: 1 } }))).toEqual({
      status: 400,
      code: 'too-costly',
    });
    expect(steps(criterion('Task', query, { limits: { depth: 2 } }))).toEqual([['Task', [['Task', 'status']]]]);
  });
});
