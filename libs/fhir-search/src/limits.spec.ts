import { parseSearch } from './parse-search.js';

describe('a search that costs too much is refused, also leniently', () => {
  it.each([
    ['more than 100 parameters', 'code=a&'.repeat(101)],
    ['more than 200 values', `code=${'a,'.repeat(200)}a`],
    ['bare ids that may be of every type', `focus=${'a,'.repeat(100)}a`],
    ['more than 20 includes', '_include=Task:focus&'.repeat(21)],
    ['more than 20 parameters that are not known', 'statuss=a&'.repeat(21)],
    ['more than 5 sort keys', '_sort=_id,_id,_id,_id,_id,_id'],
    ['a value of more than 10,000 characters', `code=${'a'.repeat(10_001)}`],
    ['too many ids in several parameters', `focus=${'a,'.repeat(30)}a&based-on=${'a,'.repeat(30)}a`],
  ])('%s', (_, text) => {
    for (const lenient of [true, false]) {
      const attempt = () => parseSearch('Task', new URLSearchParams(text), { lenient });
      expect(faultOf(attempt)).toMatchObject({ status: 400, issues: [{ code: 'too-costly' }] });
    }
  });
});

describe('limits of its own', () => {
  it.each([
    ['status=a&status=b', { parameters: 1 }],
    ['status=a,b', { values: 1 }],
    ['status=ab', { valueLength: 1 }],
    ['part-of:Task.status=a', { depth: 0 }],
    ['subject.name=a', { branches: 3 }],
    ['owner=a', { spelledValues: 3 }],
    ['_include=Task:focus&_revinclude=Task:focus', { includes: 1 }],
    ['_include=*', { spelledIncludes: 3 }],
    ['_sort=_id,status', { sortKeys: 1 }],
  ])('refuse %s by %j, which is taken otherwise', (text, limits) => {
    const attempt = () => parseSearch('Task', new URLSearchParams(text), { lenient: true, limits });
    expect(faultOf(attempt)).toMatchObject({ status: 400, issues: [{ code: 'too-costly' }] });
    expect(faultOf(() => parseSearch('Task', new URLSearchParams(text), { lenient: false }).query)).toMatchObject({
      type: 'Task',
    });
  });
});

function faultOf(attempt: () => unknown): unknown {
  try {
    return attempt();
  } catch (fault) {
    return fault;
  }
}
