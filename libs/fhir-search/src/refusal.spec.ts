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
      'Task',
      'patient.name=x',
      "'patient.name' is a chain, which is not supported yet; ':identifier' finds by a reference's identifier.",
    ],
    [
      'Task',
      'subject:Patient.name=x',
      "'subject:Patient.name' is a chain, which is not supported yet; ':identifier' finds by a reference's identifier.",
    ],
    ['Patient', '_has:Task:patient:status=x', "'_has' is not supported yet; search the other type instead."],
    ['Task', '_text=x', "'_text' is not supported."],
    ['Task', '_elements=x', "'_elements' is not supported."],
    ['Task', '_include=*', "'_include' with '*' is not supported yet; name the parameter, such as Task:focus."],
    ['Task', '_include=Task:*', "'_include' with '*' is not supported yet; name the parameter, such as Task:focus."],
    [
      'Task',
      '_include:iterate=Task:focus',
      "'_include:iterate' is not supported: this parameter takes no modifier yet.",
    ],
    [
      'Task',
      '_include=Task',
      "The value of '_include' is not understood: Type:parameter or Type:parameter:Target is expected.",
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
    ['Task', '_include=Patient:link', "'_include' here follows references of Task; ':iterate' is not supported yet."],
    ['Slot', '_revinclude=Task:owner', "'_revinclude' Task:owner does not point to Slot."],
    ['Task', '_sort=stat', "The '_sort' parameter 'stat' is not known. The nearest known one is 'status'."],
    [
      'Slot',
      '_sort=identifier',
      "Slot cannot be sorted by 'identifier', which may have several values; it can by _id, _lastUpdated, schedule, start, status.",
    ],
    ['Task', '_count=-1', "The value of '_count' is not understood: a whole number from 0 is expected."],
    ['Task', '_count=1&_count=2', "The value of '_count' is not understood: it is given more than once."],
    ['Task', '_total=all', "The value of '_total' is not understood: none, estimate or accurate is expected."],
    ['Task', '_summary=true', "'_summary' is supported as 'count' and 'false' only: resources are served whole."],
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
