import { searchableTypes, searchParametersOf } from './parameters.js';
import { parseSearch } from './parse-search.js';
import { FhirError } from '#fhir';

function includes(type: string, query: string) {
  const found = parseSearch(type, new URLSearchParams(query), { lenient: false }).query.includes;
  return found.map(({ parameter, ...include }) => ({ ...include, code: parameter.code }));
}

function named(type: string, query: string): string[] {
  return includes(type, query).map(({ source, code }) => `${source}:${code}`);
}

describe('an include', () => {
  it('follows one reference, to one type where it says so', () => {
    expect(includes('Task', '_include=Task:focus&_include=Task:owner:Organization&_revinclude=Task:part-of')).toEqual([
      { reverse: false, source: 'Task', code: 'focus' },
      { reverse: false, source: 'Task', code: 'owner', target: 'Organization' },
      { reverse: true, source: 'Task', code: 'part-of' },
    ]);
  });

  it('with :iterate follows what was included, of any type', () => {
    expect(includes('Task', '_include=Task:focus&_include:iterate=Patient:general-practitioner:Organization')).toEqual([
      { reverse: false, source: 'Task', code: 'focus' },
      { reverse: false, source: 'Patient', code: 'general-practitioner', target: 'Organization', iterate: true },
    ]);
    expect(includes('Patient', '_revinclude:iterate=Provenance:target')).toEqual([
      { reverse: true, source: 'Provenance', code: 'target', iterate: true },
    ]);
  });

  it.each(['_include=*', '_include=Task:*'])('of everything, %s, is each reference once', (query) => {
    // Not `patient`: `subject` reads it, too.
    expect(named('Task', query)).toEqual([
      'Task:activity',
      'Task:based-on',
      'Task:encounter',
      'Task:focus',
      'Task:owner',
      'Task:part-of',
      'Task:requester',
      'Task:subject',
      'Task:worker',
    ]);
  });

  it('of everything to one type leaves out what cannot point to it', () => {
    expect(includes('Task', '_include=Task:*:Organization').map(({ code, target }) => [code, target])).toEqual([
      ['based-on', 'Organization'],
      ['focus', 'Organization'],
      ['owner', 'Organization'],
      ['requester', 'Organization'],
      ['subject', 'Organization'],
    ]);
  });

  it('reversed, of everything, is each reference of each type to the matches', () => {
    expect(named('Slot', '_revinclude=*').sort()).toEqual([
      'Appointment:slot',
      'Appointment:supporting-info',
      'AuditEvent:entity',
      'Basic:subject',
      'Communication:based-on',
      'Communication:part-of',
      'Composition:entry',
      'Composition:subject',
      'Condition:evidence-detail',
      'Consent:data',
      'DocumentReference:related',
      'MeasureReport:evaluated-resource',
      'Observation:focus',
      'Provenance:entity',
      'Provenance:target',
      'QuestionnaireResponse:subject',
      'Task:based-on',
      'Task:focus',
      'Task:subject',
      'VerificationResult:target',
    ]);
  });

  it('of a wildcard names no canonical: nothing here leads along it', () => {
    expect(named('QuestionnaireResponse', '_include=*')).not.toContain('QuestionnaireResponse:questionnaire');
  });

  it('of all that is included, of every type, stays within its bound', () => {
    const all = includes('Task', '_include:iterate=*');
    const references = searchableTypes().flatMap((type) =>
      searchParametersOf(type).filter((parameter) => parameter.type === 'reference'),
    );
    expect(all.length).toBeLessThan(references.length);
    expect(() => includes('Task', '_include:iterate=*&_revinclude:iterate=*&_include=*')).toThrow(FhirError);
  });
});
