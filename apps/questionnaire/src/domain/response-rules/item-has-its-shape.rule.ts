import { error, type Issue } from '#fhir';
import type { FormItem } from '../form.js';
import type { ResponseItem } from '../response-tree.js';

/** A group holds items, a question holds answers (and items within them), a display item neither. */
export function itemHasItsShape({ answers, items, path }: ResponseItem, { item }: FormItem): Issue[] {
  const { linkId, type } = item;
  const isQuestion = type !== 'group' && type !== 'display';
  const empty = answers.filter(({ values }) => values.length === 0);
  return [
    ...(answers.length > 0 && !isQuestion
      ? [error('structure', `Item ${linkId} is a ${type} and cannot be answered.`, `${path}.answer`)]
      : []),
    ...(items.length > 0 && type === 'display'
      ? [error('structure', `Item ${linkId} is a display and holds no items.`, `${path}.item`)]
      : []),
    ...(items.length > 0 && isQuestion
      ? [error('structure', `Items below question ${linkId} belong in its answer.`, `${path}.item`)]
      : []),
    ...(isQuestion
      ? empty.map((answer) => error('required', `An answer to ${linkId} needs a value.`, answer.path))
      : []),
  ];
}
