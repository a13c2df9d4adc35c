import type { Caller } from '#auth';
import { callerAsTold } from './on-behalf.js';

it('tells another service everything of who calls', () => {
  const caller: Required<Caller> = {
    client: 'gp',
    role: 'practice',
    organisation: 'moor-practice',
    user: 'ann',
    issuedAt: 1_795_392_000,
    scopes: ['system/Task.rs'],
    audience: ['moor-practice', 'public'],
  };
  expect(callerAsTold.parse(caller)).toEqual(caller);
});
