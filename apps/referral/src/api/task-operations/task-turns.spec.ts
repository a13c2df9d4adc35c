import { refuseUnnamedOperations } from '#auth';
import { taskTurns } from './task-turns.js';
import { parametersOf } from './turn-parameters.js';

describe('the operations that are plain updates', () => {
  it('stand each in the policy, once', () => {
    const codes = taskTurns.map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    expect(() => {
      refuseUnnamedOperations(codes);
    }).not.toThrow();
  });

  it('take a time, but for what leaves the Task where it is', () => {
    const timeless = taskTurns.filter((turn) => !parametersOf(turn).some(({ name }) => name === 'occurredAt'));
    expect(timeless.map(({ code }) => code)).toEqual(['assign']);
  });

  it('name each parameter once', () => {
    for (const turn of taskTurns) {
      const names = parametersOf(turn).map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
    }
  });
});
