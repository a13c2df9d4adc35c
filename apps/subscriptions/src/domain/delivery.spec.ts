import { outcomeText, verdictOf } from './delivery.js';

describe('what a receiver answers', () => {
  it.each([
    [{ status: 200 }, 'delivered', 'HTTP status 200'],
    [{ status: 204 }, 'delivered', 'HTTP status 204'],
    [{ status: 302 }, 'refused', 'HTTP status 302'],
    [{ status: 404 }, 'refused', 'HTTP status 404'],
    [{ status: 410 }, 'gone', 'HTTP status 410'],
    [{ status: 500 }, 'refused', 'HTTP status 500'],
    [{ failure: 'timeout' }, 'refused', 'timeout'],
  ] as const)('%j means %s', (outcome, verdict, text) => {
    expect([verdictOf(outcome), outcomeText(outcome)]).toEqual([verdict, text]);
  });
});
