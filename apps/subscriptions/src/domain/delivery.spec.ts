import { isFresh, outcomeText, verdictOf } from './delivery.js';

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

describe('a notification', () => {
  const at = (second: number) => new Date(Date.UTC(2026, 10, 22, 10, 0, second));

  it.each([
    ['told at once', { attempts: 1, createdAt: at(0), eventAt: at(0) }, true],
    ['of no event', { attempts: 1, createdAt: at(0), eventAt: null }, true],
    ['that waited to be told', { attempts: 1, createdAt: at(-6), eventAt: at(-6) }, false],
    ['of an event that came late', { attempts: 1, createdAt: at(0), eventAt: at(-6) }, false],
    ['that was tried before', { attempts: 2, createdAt: at(0), eventAt: at(0) }, false],
  ] as const)('%s is as fresh as its event', (_, delivery, fresh) => {
    expect(isFresh(delivery, at(0))).toBe(fresh);
  });
});
