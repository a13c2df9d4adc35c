import { error, type Issue } from '#fhir';
import { type FormItem, isQuestion } from '../form.js';
import type { ResponseItem } from '../response-tree.js';

/** Known items, where the form has them, in its order, each once: a group that repeats is several items, a question several answers. */
export function itemsAreInPlace(items: readonly ResponseItem[], definitions: readonly FormItem[]): Issue[] {
  const allowed = new Set(definitions);
  const seen = new Set<FormItem>();
  let last = -1;
  return items.flatMap((item): Issue[] => {
    const { definition, path } = item;
    if (!definition) return [unknown(item, definitions)];
    const { linkId } = definition.item;
    if (!allowed.has(definition))
      return [error('structure', `Item ${linkId} belongs elsewhere in the questionnaire.`, path)];
    const issues: Issue[] = [];
    if (definition.position < last) {
      issues.push(error('structure', `Item ${linkId} must stand in the order of the questionnaire.`, path));
    }
    if (seen.has(definition) && !mayRepeat(definition)) issues.push(twice(definition, path));
    seen.add(definition);
    last = Math.max(last, definition.position);
    return issues;
  });
}

function mayRepeat({ item }: FormItem): boolean {
  return item.type === 'group' && item.repeats === true;
}

function twice(definition: FormItem, path: string): Issue {
  const { linkId, repeats } = definition.item;
  const advice = isQuestion(definition) && repeats === true ? ' Send one item with several answers.' : '';
  return error('structure', `Item ${linkId} must occur once.${advice}`, path);
}

/** A linkId from outside is free text and is not quoted; the form's own is. */
function unknown({ linkId, path }: ResponseItem, definitions: readonly FormItem[]): Issue {
  const where = `${path}.linkId`;
  const near = definitions.find(({ item }) => item.linkId.toLowerCase() === linkId.toLowerCase());
  if (near) return error('value', `A linkId is written exactly as in the questionnaire: ${near.item.linkId}.`, where);
  return error('value', 'The questionnaire has no item with this linkId.', where);
}
