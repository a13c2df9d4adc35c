import { input, row } from '../../../test/evaluation-builders.js';
import { evaluate } from './evaluate.js';
import { measureReportOf } from './measure-report.js';

const measurePopulation = 'http://terminology.hl7.org/CodeSystem/measure-population';
const ownPopulation = 'https://ginnel.org.uk/fhir/CodeSystem/evaluation-population';

it('shows an evaluation as a summary MeasureReport with one group per item', () => {
  const report = measureReportOf(
    evaluate(input([row(['a', 'baseline'], { walking: 1 }), row(['a', 'after'], { walking: 2 })])),
  );
  const population = (system: string, code: string, display: string, count: number) => ({
    code: { coding: [{ system, code, display }] },
    count,
  });
  const counts = (n: number, improved: number) => [
    population(measurePopulation, 'initial-population', 'Initial Population', 1),
    population(measurePopulation, 'measure-population', 'Measure Population', n),
    population(measurePopulation, 'measure-population-exclusion', 'Measure Population Exclusion', 1 - n),
    population(ownPopulation, 'improved', 'Improved', improved),
    population(ownPopulation, 'same', 'No change', 0),
    population(ownPopulation, 'worse', 'Worse', 0),
  ];
  expect(report).toEqual({
    resourceType: 'MeasureReport',
    status: 'complete',
    type: 'summary',
    measure: 'https://ginnel.org.uk/fhir/Measure/change|1.0.0',
    date: '2021-08-31',
    period: { start: '2021-03-01', end: '2021-07-31' },
    group: [
      {
        code: { coding: [{ code: 'walking', display: 'walking' }], text: 'walking' },
        population: counts(1, 1),
        measureScore: { value: 1, unit: 'mean change in points' },
      },
      { code: { coding: [{ code: 'pain', display: 'pain' }], text: 'pain' }, population: counts(0, 0) },
    ],
    evaluatedResource: [
      { reference: 'QuestionnaireResponse/a-baseline/_history/1' },
      { reference: 'QuestionnaireResponse/a-after/_history/1' },
    ],
  });
});
