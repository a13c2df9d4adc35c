import { parseSearch } from './parse-search.js';

function parse(type: string, query: string) {
  return parseSearch(type, new URLSearchParams(query), { lenient: false }).query;
}

describe('lenient handling', () => {
  const { query, warnings } = parseSearch(
    'Task',
    new URLSearchParams('_sort=stat&statuss=x&status=requested&_count=x'),
    {
      lenient: true,
    },
  );

  it('leaves out what is not understood and says so', () => {
    expect(warnings.map(({ severity, code }) => [severity, code])).toEqual([
      ['warning', 'not-supported'],
      ['warning', 'value'],
      ['warning', 'not-supported'],
    ]);
    expect(warnings[0]?.diagnostics).toBe(
      "Task's search parameter 'statuss' is not known. The nearest known one is 'status'. It was left out of the search.",
    );
  });

  it('tells in `applied` only what was applied', () => {
    expect(query.applied.toString()).toBe('status=requested');
    expect([query.criteria.length, query.count, query.sort]).toEqual([1, 50, []]);
  });
});

describe('what is about the form of the answer', () => {
  it.each(['_summary=true', '_summary=text', '_summary=data', '_summary=false', '_elements=id,status,code.text'])(
    'changes no search and stays in the self link: %s',
    (text) => {
      expect(parse('Task', text)).toEqual({ ...parse('Task', ''), applied: new URLSearchParams(text) });
    },
  );
});

describe('the size of a page', () => {
  it.each([
    ['_count=1000', undefined, 1000, '1000'],
    ['_count=5000', undefined, 1000, '1000'],
    ['_count=50', 10, 10, '10'],
    ['', 10, 10, null],
  ])('of ?%s with at most %s is %s', (text, maxCount, count, applied) => {
    const { query } = parseSearch('Task', new URLSearchParams(text), { lenient: false, ...(maxCount && { maxCount }) });
    expect([query.count, query.applied.get('_count')]).toEqual([count, applied]);
  });

  it.each(['_count=0', '_summary=count', '_summary=count&_count=10'])('of ?%s is nothing but the number', (text) => {
    const { count, total } = parse('Task', text);
    expect([count, total]).toEqual([0, 'accurate']);
  });
});
