import type { Questionnaire, QuestionnaireItem } from 'fhir/r4';
import { canonicalOf } from '#programmes';
import { isTooLarge, objectsIn } from './json-shape.js';

/** An item of a questionnaire, in its place. */
export interface FormItem {
  item: QuestionnaireItem;
  parent: FormItem | undefined;
  /** Place in document order. */
  position: number;
  children: readonly FormItem[];
}

/** A questionnaire, read once: a million responses may follow. */
export interface Form {
  questionnaire: Questionnaire;
  canonical: string;
  items: readonly FormItem[];
  byLinkId: ReadonlyMap<string, FormItem>;
  /** Why nothing can be judged by this questionnaire, in words; undefined where all is well. */
  fault: string | undefined;
}

export function formOf(questionnaire: Questionnaire): Form {
  const known = forms.get(questionnaire);
  if (known) return known;
  const form = readForm(questionnaire);
  forms.set(questionnaire, form);
  return form;
}

/** A choice item's own kind of question; groups and display items are none. */
export function isQuestion({ item }: FormItem): boolean {
  return item.type !== 'group' && item.type !== 'display';
}

/** The item and those around it, from inside out. */
export function withAncestors(item: FormItem): FormItem[] {
  return item.parent ? [item, ...withAncestors(item.parent)] : [item];
}

const forms = new WeakMap<Questionnaire, Form>();

function readForm(questionnaire: Questionnaire): Form {
  const empty = {
    questionnaire,
    canonical: canonicalOf(questionnaire),
    items: [],
    byLinkId: new Map<string, FormItem>(),
  };
  if (isTooLarge(questionnaire)) return { ...empty, fault: 'The questionnaire is too large or too deeply nested.' };
  const byLinkId = new Map<string, FormItem>();
  let position = 0;
  const repeated = new Set<string>();
  const read = (item: QuestionnaireItem, parent: FormItem | undefined): FormItem => {
    const children: FormItem[] = [];
    const formItem: FormItem = { item, parent, position: position++, children };
    if (byLinkId.has(item.linkId)) repeated.add(item.linkId);
    byLinkId.set(item.linkId, formItem);
    for (const child of objectsIn(item.item)) children.push(read(child as unknown as QuestionnaireItem, formItem));
    return formItem;
  };
  const items = objectsIn(questionnaire.item).map((item) => read(item as unknown as QuestionnaireItem, undefined));
  return { ...empty, items, byLinkId, fault: repeated.size > 0 ? 'The questionnaire uses a linkId twice.' : undefined };
}
