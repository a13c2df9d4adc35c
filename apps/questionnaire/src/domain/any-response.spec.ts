import type { QuestionnaireResponse, QuestionnaireResponseItem } from 'fhir/r4';
import { createValidator } from '#fhir-validation';
import { given, instrument, mskHqAnswers, mskHqItems } from '../../test/instruments.js';
import { isObject } from './json-shape.js';
import { observationsOf } from './observations-of.js';
import { scoreResponse } from './score-response.js';
import { validateResponse } from './validate-response.js';

const { questionnaire, scoring } = instrument('msk-hq');
const { validate } = createValidator();

it('of 2,000 spoiled responses gives a total only to those whose 14 answers all stand, and never throws', () => {
  const random = randomOf(20_261_121);
  let totals = 0;
  for (let round = 0; round < 2_000; round++) {
    const response = given('msk-hq', { ...mskHqAnswers(() => Math.floor(random() * 5)), 'days-active': 3 });
    for (let times = Math.floor(random() * 3); times >= 0; times--) spoil(response, random);
    const faulty = validateResponse(response, questionnaire).some(({ severity }) => severity === 'error');
    const scores = scoreResponse(response, questionnaire, scoring);
    const value = scores[0]?.value;
    if (value !== undefined) totals++;
    expect(value).toBe(value === undefined ? undefined : plainSum(response));
    if (!faulty && plainSum(response) !== undefined) expect(value).toBe(plainSum(response));
    const structurallySound = validate(response).length === 0;
    if (structurallySound && typeof response.id === 'string') {
      expect(observationsOf(response, scores, { questionnaire, scoring }).flatMap((made) => validate(made))).toEqual(
        [],
      );
    }
  }
  expect(totals).toBeGreaterThan(100);
});

/** The total by another way: the one code of each of the 14 items; undefined where that cannot be said. */
function plainSum(response: QuestionnaireResponse): number | undefined {
  if (!['completed', 'amended'].includes(response.status) || !Array.isArray(response.item)) return undefined;
  const items = response.item as (QuestionnaireResponseItem | undefined)[];
  const codes = mskHqItems.map((linkId) => {
    const [item, ...more] = items.filter((candidate) => candidate?.linkId === linkId);
    const [answer, ...others] = Array.isArray(item?.answer) ? item.answer : [];
    if (more.length > 0 || others.length > 0) return Number.NaN;
    return /^[0-4]$/.test(String(answer?.valueCoding?.code)) ? Number(answer?.valueCoding?.code) : Number.NaN;
  });
  const sum = codes.reduce((a, b) => a + b, 0);
  return Number.isNaN(sum) ? undefined : sum;
}

/** Changes something somewhere: drops, doubles, replaces or renames. */
function spoil(response: object, random: () => number): void {
  const places: { holder: Record<string, unknown>; name: string }[] = [];
  const collect = (holder: object): void => {
    for (const [name, value] of Object.entries(holder) as [string, unknown][]) {
      places.push({ holder: holder as Record<string, unknown>, name });
      if (typeof value === 'object' && value !== null) collect(value);
    }
  };
  collect(response);
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];
  const place = pick(places);
  if (!place) return;
  const { holder, name } = place;
  const junk: unknown[] = [
    null,
    0,
    -1,
    '',
    'x',
    [],
    {},
    [null],
    true,
    1e400,
    '4',
    { linkId: 'sleep' },
    structuredClone(holder),
  ];
  const acts = [
    () => Reflect.deleteProperty(holder, name),
    () => (holder[name] = pick(junk)),
    () => (holder[name] = structuredClone(pick(places)?.holder)),
    () =>
      Array.isArray(holder)
        ? holder.push(structuredClone(holder[Number(name)]))
        : (holder[name.toUpperCase()] = holder[name]),
    () => (typeof holder[name] === 'string' ? (holder[name] = holder[name].toUpperCase()) : isObject(holder[name])),
  ];
  pick(acts)?.();
}

/** Mulberry32: the same sequence at each run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
