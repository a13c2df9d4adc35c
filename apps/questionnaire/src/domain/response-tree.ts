import type { QuestionnaireResponse } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import { type AnswerValue, valuesOf } from './answer-value.js';
import type { Form, FormItem } from './form.js';
import { isTooLarge, type JsonObject, objectsIn } from './json-shape.js';

export interface ResponseItem {
  /** '' where it has none. */
  readonly linkId: string;
  definition: FormItem | undefined;
  /** FHIRPath: `QuestionnaireResponse.item[3]`. */
  path: string;
  text: unknown;
  parent: ResponseItem | undefined;
  answers: readonly ResponseAnswer[];
  items: readonly ResponseItem[];
  /** Place in document order; what lies within it has places up to `end`. */
  order: number;
  end: number;
}

export interface ResponseAnswer {
  path: string;
  values: readonly AnswerValue[];
  items: readonly ResponseItem[];
}

export interface ResponseTree {
  items: readonly ResponseItem[];
  occurrences: ReadonlyMap<string, readonly ResponseItem[]>;
  faults: readonly Issue[];
  /** Then nothing of it was read. */
  oversized: boolean;
}

/** Reads a response against its form. What cannot be read becomes a fault; an oversized one is not read at all. */
export function readResponse(response: QuestionnaireResponse, form: Form): ResponseTree {
  if (isTooLarge(response)) {
    const fault = error(
      'too-costly',
      'The response has too many items or nests them too deeply.',
      'QuestionnaireResponse.item',
    );
    return { items: [], occurrences: new Map(), faults: [fault], oversized: true };
  }
  return new ResponseReader(form).read(response);
}

/** The values that answer an item, without empty answers. */
export function answersOf(item: ResponseItem): AnswerValue[] {
  return item.answers.flatMap(({ values }) => values);
}

/** Whether anything was answered in it, at any depth. */
export function hasContent(item: ResponseItem): boolean {
  const nested = [...item.items, ...item.answers.flatMap(({ items }) => items)];
  return answersOf(item).length > 0 || nested.some(hasContent);
}

class ResponseReader {
  private readonly occurrences = new Map<string, ResponseItem[]>();
  private readonly faults: Issue[] = [];
  private order = 0;

  constructor(private readonly form: Form) {}

  read(response: QuestionnaireResponse): ResponseTree {
    const items = this.readItems(response as unknown as JsonObject, 'QuestionnaireResponse', undefined);
    return { items, occurrences: this.occurrences, faults: this.faults, oversized: false };
  }

  private readItems(element: JsonObject, path: string, parent: ResponseItem | undefined): ResponseItem[] {
    return this.list(element, 'item', path).map(([item, itemPath]) => this.readItem(item, itemPath, parent));
  }

  private readItem(element: JsonObject, path: string, parent: ResponseItem | undefined): ResponseItem {
    const linkId = typeof element['linkId'] === 'string' ? element['linkId'] : '';
    const definition = this.form.byLinkId.get(linkId);
    const order = this.order++;
    const item: ResponseItem = {
      linkId,
      definition,
      path,
      text: element['text'],
      parent,
      answers: [],
      items: [],
      order,
      end: order,
    };
    const same = this.occurrences.get(linkId);
    if (same) same.push(item);
    else this.occurrences.set(linkId, [item]);
    item.items = this.readItems(element, path, item);
    item.answers = this.list(element, 'answer', path).map(([answer, answerPath]) =>
      this.readAnswer(answer, answerPath, item),
    );
    item.end = this.order - 1;
    return item;
  }

  private readAnswer(element: JsonObject, path: string, item: ResponseItem): ResponseAnswer {
    const values = valuesOf(element, 'value');
    if (values.length > 1) this.faults.push(error('structure', 'An answer has one value; send several answers.', path));
    return { path, values, items: this.readItems(element, path, item) };
  }

  private list(element: JsonObject, name: 'item' | 'answer', path: string): [JsonObject, string][] {
    const value = element[name];
    if (value === undefined) return [];
    const objects = objectsIn(value);
    if (!Array.isArray(value) || value.length === 0 || value.length !== objects.length) {
      this.faults.push(error('structure', `${name} must be a list of objects that is not empty.`, `${path}.${name}`));
    }
    return objects.map((object, at) => [object, `${path}.${name}[${String(at)}]`]);
  }
}
