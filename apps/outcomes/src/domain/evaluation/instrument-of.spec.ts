import { type Instrument, loadProgramme } from '#programmes';
import { evaluatedInstrumentOf } from './instrument-of.js';

function shipped(id: string): Instrument {
  const instrument = loadProgramme('msk-connect').instruments.find((one) => one.id === id);
  if (instrument === undefined) throw new Error(`MSK Connect has no ${id}.`);
  return instrument;
}

describe('the instrument that an evaluation reads', () => {
  it('has the scored items of the MSK-HQ in order, its total, and important changes with their caution', () => {
    const { code, items, totals, forms, importantChanges = [] } = evaluatedInstrumentOf(shipped('msk-hq'));
    expect([code, items.length, items[0]]).toEqual([
      'msk-hq',
      14,
      {
        system: 'https://ginnel.org.uk/fhir/CodeSystem/msk-hq-item',
        code: 'pain-day',
        label: 'Pain or stiffness, day',
        direction: 'higher-is-better',
        min: 0,
        max: 4,
      },
    ]);
    expect(totals.map(({ code: total, max, items: added }) => [total, max, added.length])).toEqual([['total', 56, 14]]);
    expect(forms.map(({ questions }) => questions[0])).toEqual([
      { linkId: 'pain-day', item: 'pain-day', points: { 0: 0, 1: 1, 2: 2, 3: 3, 4: 4 }, notApplicable: [] },
    ]);
    expect(importantChanges.length).toBeGreaterThan(0);
    expect(importantChanges.filter(({ item, caution }) => item !== 'total' || caution === '')).toEqual([]);
  });

  it('reports the items of an older version that the newer one dropped', () => {
    const older = shipped('msk-hq');
    const [first, ...kept] = older.scoring.items;
    const newer: Instrument = {
      ...older,
      questionnaire: { ...older.questionnaire, version: '2.0.0' },
      scoring: { ...older.scoring, items: kept, totals: [] },
    };
    const { items, forms, totals } = evaluatedInstrumentOf(newer, older);
    expect([items.length, items.at(-1)?.code, forms.length, totals]).toEqual([14, first?.linkId, 2, []]);
  });
});
