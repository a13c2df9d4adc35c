import {
  idParameter,
  lastUpdatedParameter,
  searchableTypes,
  searchParameter,
  searchParametersOf,
} from './parameters.js';
import { parseSearch } from './parse-search.js';
import type { SortKey } from './search.js';

function sort(type: string, query: string): readonly SortKey[] {
  return parseSearch(type, new URLSearchParams(query), { lenient: false }).query.sort;
}

describe('a sort', () => {
  it('takes several keys, each its own way', () => {
    expect(sort('Task', '_sort=-_lastUpdated,identifier,-owner,_id')).toEqual([
      { parameter: lastUpdatedParameter, descending: true },
      { parameter: searchParameter('Task', 'identifier'), descending: false },
      { parameter: searchParameter('Task', 'owner'), descending: true },
      { parameter: idParameter, descending: false },
    ]);
  });

  it('is by every parameter of every type but the composite ones and a place that is not sought', () => {
    for (const type of searchableTypes()) {
      for (const { code, type: kind } of searchParametersOf(type)) {
        const attempt = () => sort(type, `_sort=${code}`);
        if (kind === 'composite' || kind === 'special') expect(attempt).toThrow(/sort/);
        else expect(attempt().map(({ parameter }) => parameter.code)).toEqual([code]);
      }
    }
  });

  it.each(['near=53.79|-1.75&_sort=near', '_sort=near&near=53.79|-1.75'])(
    'by distance takes the place that is sought: %s',
    (query) => {
      expect(sort('Location', query)).toEqual([{ parameter: searchParameter('Location', 'near'), descending: false }]);
    },
  );

  it('by distance goes along the reference that the chain takes', () => {
    const query = 'location.near=53.79|-1.75&_sort=-location.near,name';
    expect(sort('HealthcareService', query)).toEqual([
      {
        parameter: searchParameter('Location', 'near'),
        through: searchParameter('HealthcareService', 'location'),
        descending: true,
      },
      { parameter: searchParameter('HealthcareService', 'name'), descending: false },
    ]);
  });

  it('by distance is refused where two places are sought', () => {
    expect(() => sort('Location', 'near=53.79|-1.75&near=53.7|-1.7&_sort=near')).toThrow(/needs one place/);
  });

  it('by distance falls away together with the place that was left out', () => {
    const query = new URLSearchParams('near=a|b&_sort=near&status=active');
    const { query: parsed, warnings } = parseSearch('Location', query, { lenient: true });
    expect([parsed.sort, parsed.applied.toString(), warnings.length]).toEqual([[], 'status=active', 2]);
  });
});

describe('what is near', () => {
  function metres(near: string): unknown {
    const query = new URLSearchParams({ near });
    const [criterion] = parseSearch('Location', query, { lenient: false }).query.criteria;
    return criterion && 'parameter' in criterion ? criterion.values : undefined;
  }

  it.each<[string, number, number, number]>([
    ['53.79|-1.75', 53.79, -1.75, 25_000],
    ['53.79|-1.75|5', 53.79, -1.75, 5000],
    ['53.79|-1.75||m', 53.79, -1.75, 25_000],
    ['-33|151|1.5|km', -33, 151, 1500],
    ['+53|+1|800|m', 53, 1, 800],
    ['90|-180|1|[mi_us]', 90, -180, 1609.347],
    ['53.79|-1.75|1|[mi_i]', 53.79, -1.75, 1609.344],
    ['53.79|-1.75|2|mi', 53.79, -1.75, 3218.688],
  ])('%s', (near, latitude, longitude, expected) => {
    expect(metres(near)).toEqual([{ type: 'near', latitude, longitude, metres: expected }]);
  });

  it.each([
    ['53.79', 'latitude|longitude|distance|unit is expected'],
    ['53.79|x', 'latitude|longitude|distance|unit is expected'],
    ['53.79|-1.75|5|km|x', 'latitude|longitude|distance|unit is expected'],
    ['1e1|-1.75', 'latitude|longitude|distance|unit is expected'],
    ['91|0', 'a latitude lies from -90 to 90'],
    ['0|181', 'a longitude lies from -180 to 180'],
    ['53.79|-1.75|0', 'the distance is a number above 0'],
    ['53.79|-1.75|-1', 'the distance is a number above 0'],
    ['53.79|-1.75|far', 'the distance is a number above 0'],
    ['53.79|-1.75|1|mile', "The nearest known one is 'mi'"],
    ['53.79|-1.75,53|-1', 'one place is expected'],
    ['', 'it is empty'],
  ])('is refused: %s', (near, said) => {
    expect(() => metres(near)).toThrow(said);
  });
});
