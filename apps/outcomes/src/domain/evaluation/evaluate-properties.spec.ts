import { input, instrument, item, random, row, shuffled } from '../../../test/evaluation-builders.js';
import { evaluate } from './evaluate.js';
import type { EvaluationInput } from './evaluation.js';
import { evaluationJson } from './evaluation-json.js';
import type { ResponseRow } from './response-row.js';

describe('any evaluation', () => {
  const seeds = Array.from({ length: 60 }, (_, index) => index + 1);

  it.each(seeds)('is the same for any order of its rows and any repeated delivery (seed %d)', (seed) => {
    const next = random(seed);
    const given = randomInput(next);
    const again = shuffled([...given.rows, ...given.rows.filter(() => next() < 0.3)], next);
    const enrolled = given.enrolled && shuffled(given.enrolled, next);
    const repeated = { ...given, rows: again, ...(enrolled && { enrolled }) };
    expect(evaluationJson(evaluate(repeated))).toBe(evaluationJson(evaluate(given)));
  });

  it.each(seeds)(
    'adds up: better, same and worse are n, n and missing are all people, and all have evidence (seed %d)',
    (seed) => {
      const given = randomInput(random(seed));
      const { people, results } = evaluate(given);
      for (const { n, improved, same, worse, missing, missingBecause, change } of results) {
        const reasons = Object.values(missingBecause).reduce((total, { value }) => total + value, 0);
        expect([improved.value + same.value + worse.value, n.value + missing.value, reasons, change.n]).toEqual([
          n.value,
          people.value,
          missing.value,
          n.value,
        ]);
        for (const count of [n, improved, same, worse, missing]) {
          expect(count.evidence.length).toBeGreaterThanOrEqual(count.value);
          expect(new Set(count.evidence).size).toBe(count.evidence.length);
        }
      }
    },
  );
});

function randomInput(next: () => number): EvaluationInput {
  const upTo = (most: number) => Math.floor(next() * (most + 1));
  const people = Array.from({ length: 1 + upTo(20) }, (_, index) => `p${String(index)}`);
  const rows = Array.from({ length: upTo(80) }, (_, index): ResponseRow => {
    const answered = ['walking', 'pain'].filter(() => next() < 0.9).map((code) => [code, upTo(5)] as const);
    return row(
      [people[upTo(people.length - 1)] ?? 'p0', next() < 0.5 ? 'baseline' : 'after'],
      Object.fromEntries(answered),
      {
        authored: `2021-0${String(2 + upTo(6))}-1${String(upTo(9))}`,
        status: next() < 0.9 ? 'completed' : 'in-progress',
        source: `QuestionnaireResponse/${String(index)}/_history/1`,
      },
    );
  });
  const enrolled = people.map((person) => ({ person, sources: [`Task/${person}/_history/1`] }));
  return input(rows, {
    instrument: instrument({
      items: [item('walking'), item('pain')],
      totals: [{ ...item('sum', { max: 8 }), items: ['walking', 'pain'] }],
    }),
    ...(next() < 0.5 && { enrolled }),
  });
}
