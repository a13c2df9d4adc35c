import { readStructures } from './structures.js';
import { checkPrimitive } from './primitives.js';
import { Inspection } from './inspection.js';

const { primitives } = readStructures();

function isAccepted(type: string, value: unknown): boolean {
  const inspection = new Inspection();
  checkPrimitive(type, primitives[type]?.regex)(value, inspection);
  return inspection.faults === 0;
}

type Row = [type: string, good: unknown[], bad: unknown[]];

const rows: Row[] = [
  ['boolean', [true, false], ['true', 1, null]],
  ['integer', [0, -1, 2_147_483_647], ['1', 1.5, 2_147_483_648, Infinity, NaN]],
  ['unsignedInt', [0, 7], [-1, 0.1, '0']],
  ['positiveInt', [1], [0, -1]],
  ['decimal', [0, -1.5, 1e300], ['1.0', Infinity, NaN]],
  ['id', ['a', 'A-1.b', 'x'.repeat(64)], ['', 'a_b', 'a b', 'x'.repeat(65), 'a\n', '../a']],
  ['code', ['a', 'a b', 'in-progress'], ['', ' a', 'a ', 'a  b', 'a\u0000']],
  ['uri', ['urn:uuid:1', 'http://x?y', 'x'], ['', 'http://x y', ' http://x', 'a\u0000b']],
  ['url', ['https://x'], ['', 'https://x y']],
  ['canonical', ['http://x|1'], ['', 'http://x |1']],
  ['oid', ['urn:oid:1.2.3'], ['1.2.3', 'urn:oid:9.1', 'urn:oid:1.02']],
  ['uuid', ['urn:uuid:c757873d-ec9a-4326-a141-556f43239520'], ['c757873d-ec9a-4326-a141-556f43239520', 'urn:uuid:1']],
  [
    'date',
    ['2026', '2026-02', '2026-02-28', '2024-02-29', '2000-02-29'],
    [
      '2026-02-29',
      '2026-02-30',
      '1900-02-29',
      '2026-04-31',
      '2026-13',
      '2026-1-1',
      '0000',
      '26',
      '2026-01-01T00:00:00Z',
      ' 2026',
      '2026\n',
    ],
  ],
  [
    'dateTime',
    ['2026', '2026-02', '2026-02-28', '2026-02-28T10:00:00Z', '2026-02-28T10:00:00.123+01:00', '2016-12-31T23:59:60Z'],
    [
      '2026-02-30T10:00:00Z',
      '2026-02-28T10:00',
      '2026-02-28T10:00:00',
      '2026-02-28T24:00:00Z',
      '2026-02-28T10:00:00+15:00',
      '2026-02-28 10:00:00Z',
    ],
  ],
  [
    'instant',
    ['2026-02-28T10:00:00Z', '2026-02-28T10:00:00.5-01:00'],
    ['2026-02-28', '2026-02-30T10:00:00Z', '2026-02-28T10:00:00'],
  ],
  ['time', ['10:00:00', '23:59:59.5'], ['24:00:00', '10:00', '10:00:00Z']],
  ['string', ['a', ' ', 'a\n\tb', '😀'], ['', 'a\u0000', '\u001b[0m', '\ud800', 'x'.repeat(1_048_577), 1]],
  ['markdown', ['# a\r\n'], ['', '\u0007']],
  ['base64Binary', ['YQ==', 'YWJj', 'YW\nJj'], ['', 'YQ', 'YQ=', '=YQ=', 'Y Q!', '    ']],
];

describe('primitive types', () => {
  it.each(rows)('accepts and refuses values of %s', (type, good, bad) => {
    expect(good.filter((value) => !isAccepted(type, value))).toEqual([]);
    expect(bad.filter((value) => isAccepted(type, value))).toEqual([]);
  });

  it('has read every primitive type of R4', () => {
    expect(Object.keys(primitives).filter((type) => !rows.some(([name]) => name === type))).toEqual(['xhtml']);
  });

  it('refuses texts that are made to hold up expressions that backtrack', () => {
    const slow: [string, string][] = [
      ['base64Binary', `${' '.repeat(200_000)}!`],
      ['base64Binary', `${'YQ== '.repeat(40_000)}!`],
      ['code', `${'a '.repeat(100_000)} `],
      ['oid', `urn:oid:1${'.1'.repeat(100_000)}.`],
      ['xhtml', `<div xmlns="http://www.w3.org/1999/xhtml"${' a='.repeat(100_000)}`],
      ['xhtml', `<div xmlns="http://www.w3.org/1999/xhtml"${' '.repeat(200_000)}!`],
      ['xhtml', '<div xmlns="http://www.w3.org/1999/xhtml">'.repeat(10_000)],
      ['xhtml', '<'.repeat(200_000)],
    ];
    expect(slow.filter(([type, value]) => isAccepted(type, value))).toEqual([]);
  });
});
