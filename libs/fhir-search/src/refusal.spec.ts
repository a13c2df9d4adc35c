import { FhirError } from '#fhir';
import { searchParametersOf } from './parameters.js';
import { parseSearch } from './parse-search.js';

describe('a refused search names what is wrong', () => {
  it.each([
    ['Task', 'statuss=x', "Task's search parameter 'statuss' is not known. The nearest known one is 'status'."],
    ['Task', 'authored=x', "Task's search parameter 'authored' is not known. The nearest known one is 'authored-on'."],
    ['Task', '_cont=1', "Task's search parameter '_cont' is not known. The nearest known one is '_count'."],
    ['Task', '9000000009=x', "Task's search parameter (not of the form of a name) is not known."],
    ['Task', 'status:nott=x', "The 'status' modifier 'nott' is not known. The nearest known one is 'not'."],
    ['Task', 'status:exact=x', "The 'status' modifier 'exact' is not known. The nearest known one is 'not'."],
    [
      'Task',
      'owner:Orgnization=1',
      "The 'owner' modifier 'Orgnization' is not known. The nearest known one is 'Organization'.",
    ],
    ['Task', 'status:not:missing=x', "'status:not:missing' has more than one modifier."],
    ['Task', 'status=', "The value of 'status' is not understood: it is empty."],
    ['Task', 'status=a,,b', "The value of 'status' is not understood: it is empty."],
    [
      'Task',
      'status=a|b|c',
      "The value of 'status' is not understood: system|code is expected, a '|' within either written as '\\|'.",
    ],
    ['Task', 'status=|', "The value of 'status' is not understood: system|code is expected."],
    ['Task', 'status:missing=yes', "The value of 'status:missing' is not understood: true or false is expected."],
    ['Task', '_id=a/b', "The value of '_id' is not understood: an id has 1 to 64 letters, figures, dots and hyphens."],
    ['Task', 'owner=a/b', "The value of 'owner' is not understood: an id, Type/id or a URL is expected."],
    ['Task', 'status=%00', "The value of 'status' is not understood: it holds the character U+0000."],
    ['Patient', 'name=%20', "The value of 'name' is not understood: a letter or figure is expected."],
    [
      'Task',
      'authored-on=14/03/2026',
      "The value of 'authored-on' is not understood: a date such as 2026-03-14 or 2026-03-14T09:30:00Z is expected.",
    ],
    [
      'Task',
      'authored-on=2026-03-14T09:30:00+01:00',
      "The value of 'authored-on' is not understood: a date such as 2026-03-14 or 2026-03-14T09:30:00Z is expected;" +
        " the '+' of a time zone is sent as %2B.",
    ],
    ['Task', 'authored-on=gr2026', "The 'authored-on' prefix 'gr' is not known. The nearest known one is 'gt'."],
    [
      'Observation',
      'value-quantity=x',
      "The value of 'value-quantity' is not understood: a number, or number|system|code, is expected.",
    ],
    [
      'Observation',
      'value-quantity=5.4|mg',
      "The value of 'value-quantity' is not understood: a number, or number|system|code, is expected.",
    ],
    ['Task', 'patient.nmae=x', "The chained parameter 'nmae' is not known. The nearest known one is 'name'."],
    [
      'Task',
      'patient:Pateint.name=x',
      "The 'patient' modifier 'Pateint' is not known. The nearest known one is 'Patient'.",
    ],
    ['Task', 'patient:Patient:not.name=x', "'patient:Patient:not.name' has more than one modifier."],
    [
      'Task',
      'patient.birthdate=x',
      "The value of 'birthdate' is not understood: a date such as 2026-03-14 or 2026-03-14T09:30:00Z is expected.",
    ],
    ['Task', 'patient.=x', 'The chained parameter (not of the form of a name) is not known.'],
    ['Slot', 'status.name=x', "A chain goes along a reference: 'status' of Slot is none; it has schedule."],
    [
      'Location',
      'type.name=x',
      "A chain goes along a reference: 'type' of Location is none; it has endpoint, organization, partof.",
    ],
    ['Patient', '_has:Task:patient=x', "'_has' is written as _has:Type:reference:parameter."],
    [
      'Patient',
      '_has:Tusk:patient:status=x',
      "The '_has' resource type 'Tusk' is not known. The nearest known one is 'Task'.",
    ],
    [
      'Patient',
      '_has:Task:patent:status=x',
      "Task's reference parameter 'patent' is not known. The nearest known one is 'patient'.",
    ],
    ['Patient', '_has:Slot:schedule:status=x', "'_has' Slot:schedule does not point to Patient."],
    [
      'Patient',
      '_has:Task:patient:stats=x',
      "Task's search parameter 'stats' is not known. The nearest known one is 'status'.",
    ],
    ['Task', '_text=x', "'_text' is not supported: no index here holds whole texts."],
    ['Task', '_content=x', "'_content' is not supported: no index here holds whole texts."],
    ['Task', '_list=x', "'_list' is not supported."],
    ['Task', '_filter=x', "'_filter' is not supported."],
    ['Task', '_query=x', "'_query' is not supported."],
    [
      'Task',
      '_contained=true',
      "'_contained' is not supported: contained resources are found with what contains them only.",
    ],
    ['Patient', 'phonetic=x', "'phonetic' is not supported: no index here finds by sound."],
    [
      'Task',
      '_elements=',
      "The value of '_elements' is not understood: names of elements between commas are expected.",
    ],
    [
      'Task',
      '_include:recurse=Task:focus',
      "The '_include' modifier 'recurse' is not known. The nearest known one is 'iterate'.",
    ],
    ['Task', '_count:exact=1', "'_count' takes no modifier."],
    ['Task', '_include=Task:*:Slott', "The '_include' target 'Slott' is not known. The nearest known one is 'Slot'."],
    [
      'Task',
      '_include=Task',
      "The value of '_include' is not understood: Type:parameter, Type:parameter:Target, Type:* or '*' is expected.",
    ],
    ['Task', '_include=Task:ownr', "Task's reference parameter 'ownr' is not known. The nearest known one is 'owner'."],
    [
      'Task',
      '_include=Task:status',
      "Task's reference parameter 'status' is not known. The nearest known one is 'focus'.",
    ],
    [
      'Task',
      '_include=Tusk:owner',
      "The '_include' resource type 'Tusk' is not known. The nearest known one is 'Task'.",
    ],
    [
      'Task',
      '_include=Task:owner:Slot',
      "The Task:owner target 'Slot' is not known. The nearest known one is 'Device'.",
    ],
    [
      'Task',
      '_include=Patient:link',
      "'_include' here follows references of Task; those of Patient are followed by '_include:iterate'.",
    ],
    ['Slot', '_revinclude=Task:owner', "'_revinclude' Task:owner does not point to Slot."],
    ['Task', '_sort=stat', "Task's search parameter 'stat' is not known. The nearest known one is 'status'."],
    [
      'Observation',
      '_sort=code-value-quantity',
      "A search cannot be sorted by 'code-value-quantity', which is composite.",
    ],
    ['Location', '_sort=near', "'_sort' by 'near' needs one place in the search, such as near=53.79|-1.75|5|km."],
    [
      'HealthcareService',
      '_sort=location.near',
      "'_sort' by 'location.near' needs one place in the search, such as location.near=53.79|-1.75|5|km.",
    ],
    [
      'HealthcareService',
      '_sort=location.name',
      "A search cannot be sorted by 'location.name': along a reference only a distance counts, as in location.near.",
    ],
    ['Task', '_count=-1', "The value of '_count' is not understood: a whole number from 0 is expected."],
    ['Task', '_count=1&_count=2', "The value of '_count' is not understood: it is given more than once."],
    ['Task', '_total=all', "The value of '_total' is not understood: none, estimate or accurate is expected."],
    [
      'Task',
      '_summary=whole',
      "The value of '_summary' is not understood: one of true, text, data, count, false is expected.",
    ],
    ['Task', '_cursor=', "The value of '_cursor' is not understood: it is taken from a next link as it stands."],
    ['Claim', '', "The resource type 'Claim' is not known. The nearest known one is 'Flag'."],
  ])('%s?%s', (type, query, expected) => {
    expect(refusal(type, query)).toEqual([expected]);
  });

  it('and names all of it at once', () => {
    expect(refusal('Task', 'x=1&status=&_count=a')).toHaveLength(3);
  });

  it('and never repeats a value', () => {
    const secret = '9000000009-smith';
    const codes = searchParametersOf('Task').map(({ code }) => code);
    const sentences = [
      ...codes,
      '_id',
      '_count',
      '_sort',
      '_include',
      '_total',
      `${secret}x`,
      `owner:${secret}`,
    ].flatMap((name) => refusal('Task', `${name}=${secret}/|/|/`));
    expect(sentences.length).toBeGreaterThan(20);
    expect(sentences.join(' ')).not.toMatch(/9000000009|smith/);
  });
});

/** Sentences of the refusal. */
function refusal(type: string, query: string): string[] {
  try {
    parseSearch(type, new URLSearchParams(query), { lenient: false });
  } catch (fault) {
    if (!(fault instanceof FhirError)) throw fault;
    expect(fault.status).toBe(400);
    return fault.issues.map(({ diagnostics }) => diagnostics);
  }
  return [];
}
