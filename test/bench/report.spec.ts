import { type Comparison, measuredRow } from './comparison.js';
import { reportOf } from './report.js';

const run = () => Promise.reject(new Error('is not run here'));

describe('the report', () => {
  it('puts the sides of a row under one another, with what is reached of each baseline and of each goal', () => {
    const comparison: Comparison = {
      name: 'create',
      by: 'rate',
      sides: [
        { name: 'POST', run },
        { name: 'pg, the same rows', run },
      ],
      goals: [
        { of: 'ratio', to: 'pg, the same rows', atLeast: 0.5 },
        { of: 'p50', atMost: 10 },
        { of: 'times', by: 'p99', to: 'pg, the same rows', atMost: 2 },
        { of: 'times', by: 'p99', to: 'nobody', atMost: 2 },
      ],
      about: {},
    };
    const ours = [
      { rate: 1000, p50: 12.345, p99: 123.4 },
      { rate: 800, p50: 12.345, p99: 123.4 },
    ];
    const bare = [
      { rate: 2000, p50: 0.5, p99: 1.25 },
      { rate: 1000, p50: 0.5, p99: 1.25 },
    ];
    expect(reportOf([measuredRow(comparison, [ours, bare])]).split('\n')).toEqual([
      'row     side               per second    (min to max)  p50 ms  p99 ms  ratio    (min to max)',
      'create  POST                      900   (800 to 1000)    12.3     123',
      '        pg, the same rows        1500  (1000 to 2000)    0.50    1.25   0.65  (0.50 to 0.80)',
      '',
      'met     create: at least 0.5 of "pg, the same rows"; measured 0.65',
      'MISSED  create: p50 at most 10 ms; measured 12.3 ms',
      'MISSED  create: p99 at most 2 times that of "pg, the same rows"; measured 98.72 times',
      'MISSED  create: p99 at most 2 times that of "nobody"; measured nothing',
    ]);
  });
});
