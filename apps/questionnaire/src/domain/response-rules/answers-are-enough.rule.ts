import { error, type Issue } from '#fhir';
import { numberOf, valuesOf } from '../answer-value.js';
import { type FormItem, isQuestion } from '../form.js';
import { objectsIn } from '../json-shape.js';
import { hasContent, type ResponseItem } from '../response-tree.js';

interface Occurrences {
  instances: readonly ResponseItem[];
  /** False for a draft and where it is not known to be enabled: then nothing is missing yet. */
  complete: boolean;
  /** Where the item would stand. */
  path: string;
}

/** As many answers, or occurrences of a group, as the item requires and allows. */
export function answersAreEnough(definition: FormItem, { instances, complete, path }: Occurrences): Issue[] {
  const { linkId, type } = definition.item;
  if (type === 'display') return [];
  const given = givenTo(definition, instances);
  const where = instances[0]?.path ?? path;
  const { least, most } = boundsOf(definition);
  if (given.length > most) {
    return [error('structure', `Item ${linkId} takes at most ${String(most)}.`, given[most]?.path ?? where)];
  }
  if (!complete || given.length >= least) return [];
  const asked = least === 1 ? 'must be answered' : `needs at least ${String(least)}`;
  return [error('required', `Item ${linkId} ${asked}.`, where)];
}

function givenTo(definition: FormItem, instances: readonly ResponseItem[]): readonly { path: string }[] {
  if (!isQuestion(definition)) return instances.filter(hasContent);
  return instances.flatMap(({ answers }) => answers.filter(({ values }) => values.length > 0));
}

/** What must be answered, must be at least once; what need not, may lack all. A group that occurs too often is reported with its place. */
function boundsOf(definition: FormItem): { least: number; most: number } {
  const { item } = definition;
  const once = item.repeats !== true && isQuestion(definition);
  return {
    least: item.required === true ? Math.max(1, extensionNumber(definition, 'questionnaire-minOccurs') ?? 1) : 0,
    most: once ? 1 : (extensionNumber(definition, 'questionnaire-maxOccurs') ?? Number.POSITIVE_INFINITY),
  };
}

function extensionNumber({ item }: FormItem, name: string): number | undefined {
  const [found] = objectsIn(item.extension)
    .filter(({ url }) => url === `http://hl7.org/fhir/StructureDefinition/${name}`)
    .flatMap((extension) => valuesOf(extension, 'value'));
  const number = numberOf(found?.value);
  return Number.isInteger(number) ? number : undefined;
}
