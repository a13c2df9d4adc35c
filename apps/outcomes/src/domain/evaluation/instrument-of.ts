import { type Instrument, canonicalOf, itemsOf, type ScoredItem, type Total, weightOf } from '#programmes';
import type { QuestionnaireItem } from 'fhir/r4';
import type {
  EvaluatedInstrument,
  FormQuestion,
  ImportantChange,
  InstrumentForm,
  InstrumentItem,
  InstrumentTotal,
} from './evaluated-instrument.js';

/** What the evaluation needs of a programme's instrument, newest version first; items of older versions stay reportable. */
export function evaluatedInstrumentOf(current: Instrument, ...older: readonly Instrument[]): EvaluatedInstrument {
  const versions = [current, ...older];
  const items = new Map<string, InstrumentItem>();
  for (const version of versions) {
    for (const item of version.scoring.items.map((scored) => itemOf(scored, version))) {
      if (!items.has(item.code)) items.set(item.code, item);
    }
  }
  return {
    code: current.id,
    title: current.questionnaire.title ?? current.id,
    forms: versions.map(formOf),
    items: [...items.values()],
    totals: current.scoring.totals.map((total) => totalOf(total, current)),
    importantChanges: importantChangesOf(current),
  };
}

function formOf(instrument: Instrument): InstrumentForm {
  const { questionnaire, scoring } = instrument;
  return {
    canonical: canonicalOf(questionnaire),
    questions: scoring.items.map(({ linkId }) => questionOf(itemAt(linkId, instrument), scoring.notApplicable)),
  };
}

function questionOf(item: QuestionnaireItem, notApplicable: readonly { code: string }[]): FormQuestion {
  const points = (item.answerOption ?? []).flatMap((option) => {
    const [code, weight] = [option.valueCoding?.code, weightOf(option)];
    return code === undefined || weight === undefined ? [] : [[code, weight] as const];
  });
  return {
    linkId: item.linkId,
    item: codeOf(item).code,
    points: Object.fromEntries(points),
    notApplicable: notApplicable.map(({ code }) => code),
  };
}

function itemOf({ linkId, direction, minimum, maximum }: ScoredItem, instrument: Instrument): InstrumentItem {
  return { ...codeOf(itemAt(linkId, instrument)), direction, min: minimum, max: maximum };
}

function totalOf({ code, items, direction, minimum, maximum }: Total, instrument: Instrument): InstrumentTotal {
  return {
    system: code.system,
    code: code.code,
    label: code.display ?? code.code,
    direction,
    min: minimum,
    max: maximum,
    items: items.map((linkId) => codeOf(itemAt(linkId, instrument)).code),
  };
}

function importantChangesOf(instrument: Instrument): ImportantChange[] {
  const { items, totals, caution = '' } = instrument.scoring;
  const ofItems = items.map((item) => ({ ...item, code: codeOf(itemAt(item.linkId, instrument)).code, caution }));
  const ofTotals = totals.map((total) => ({ ...total, code: total.code.code, caution: total.caution ?? caution }));
  return [...ofItems, ...ofTotals].flatMap(({ code, importantChange, caution: said }) =>
    importantChange.map(({ value, upTo, ...named }) => ({
      item: code,
      points: value,
      ...(upTo !== undefined && { upTo }),
      ...named,
      caution: said,
    })),
  );
}

/** An instrument without faults (libs/programmes checks it) has a coded item for each scored one. */
function itemAt(linkId: string, { questionnaire }: Instrument): QuestionnaireItem {
  return itemsOf(questionnaire).find((item) => item.linkId === linkId) ?? { linkId, type: 'choice' };
}

/** The label is our own topic word for the item, never the licensed wording. */
function codeOf({ code = [], linkId }: QuestionnaireItem): { system?: string; code: string; label: string } {
  const [coding] = code;
  return {
    ...(coding?.system !== undefined && { system: coding.system }),
    code: coding?.code ?? linkId,
    label: coding?.display ?? linkId,
  };
}
