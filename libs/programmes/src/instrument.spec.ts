import { type Instrument, instrumentFaults } from './instrument.js';
import { loadProgramme } from './load-programme.js';

const [loaded] = loadProgramme('msk-connect').instruments.filter(({ id }) => id === 'msk-hq');
if (!loaded) throw new Error('MSK Connect has no MSK-HQ');
const mskHq: Instrument = loaded;

it('finds no fault in the MSK-HQ', () => {
  expect(instrumentFaults(mskHq)).toEqual([]);
});

it.each<[string, (instrument: Instrument) => void]>([
  ['The scoring is for x|1, the questionnaire is', ({ scoring }) => (scoring.instrument = 'x|1')],
  ['The licence is for x|1, the questionnaire is', ({ licence }) => (licence.instrument = 'x|1')],
  ['The linkId walking is used twice', ({ questionnaire }) => (itemAt(questionnaire, 0).linkId = 'walking')],
  ['Scored item pain-day is not in the questionnaire', ({ questionnaire }) => questionnaire.item?.shift()],
  [
    'Scored item pain-day may be answered several times',
    ({ questionnaire }) => (itemAt(questionnaire, 0).repeats = true),
  ],
  ['Scored item pain-day has no code', ({ questionnaire }) => (itemAt(questionnaire, 0).code = [])],
  ['Scored item pain-day is not of type choice', ({ questionnaire }) => (itemAt(questionnaire, 0).type = 'integer')],
  [
    'Scored item pain-day has weights that do not span 0 to 4',
    ({ questionnaire }) => itemAt(questionnaire, 0).answerOption?.pop(),
  ],
  ['Total total adds an item twice', ({ scoring }) => scoring.totals[0]?.items.push('pain-day')],
  ['Total total adds an item that is not scored', ({ scoring }) => scoring.totals[0]?.items.push('Pain-Day')],
  ['Total total has another maximum than its items', ({ scoring }) => scoring.totals[0]?.items.pop()],
  ['Total total has the code of an item', ({ questionnaire }) => (itemAt(questionnaire, 14).linkId = 'total')],
])('reports: %s', (fault, spoil) => {
  const instrument = structuredClone(mskHq);
  spoil(instrument);
  expect(instrumentFaults(instrument).map(({ diagnostics }) => diagnostics)).toEqual(
    expect.arrayContaining([expect.stringContaining(fault)]),
  );
});

function itemAt(questionnaire: Instrument['questionnaire'], at: number) {
  const item = questionnaire.item?.[at];
  if (!item) throw new Error('no such item');
  return item;
}
