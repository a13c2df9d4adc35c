import { FhirError } from '#fhir';
import { isPassing } from './passing.js';
import { canNeverSucceed, detailOf, Unprocessable } from './unprocessable.js';

const refused = FhirError.of('value', 'Mrs Example is no performer.', { expression: 'Task.owner' });
const connectionRefused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });

describe('canNeverSucceed', () => {
  it.each([
    ['what a handler calls unprocessable', new Unprocessable('owner-unknown'), true],
    ['a refusal with issues', refused, true],
    ['a conflict, which passes', FhirError.of('conflict', 'Changed meanwhile.'), false],
    ['throttling, which passes', FhirError.of('throttled', 'Too many.'), false],
    ['a failure of ours', FhirError.of('exception', 'Broken.'), false],
    ['an error of the program', new TypeError('x is undefined'), false],
    ['what is no error', 'text', false],
  ])('knows %s', (_, error, expected) => {
    expect(canNeverSucceed(error)).toBe(expected);
  });
});

describe('detailOf', () => {
  it('tells codes, paths and classes, never the words of an error', () => {
    const errors = [
      refused,
      new Unprocessable('owner-unknown'),
      new TypeError('Mrs Example'),
      connectionRefused,
      'Mrs Example',
    ];
    expect(errors.map(detailOf)).toEqual([
      'value at Task.owner',
      'owner-unknown',
      'TypeError',
      'Error ECONNREFUSED',
      'string',
    ]);
  });
});

describe('isPassing', () => {
  it('tells trouble of the database from trouble with the event', () => {
    const lost = new Error('Connection terminated unexpectedly');
    expect([lost, connectionRefused, refused, new TypeError('x')].map(isPassing)).toEqual([true, true, false, false]);
  });
});
