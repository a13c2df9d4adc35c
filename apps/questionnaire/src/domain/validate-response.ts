// Whether a response fits its questionnaire. https://hl7.org/fhir/uv/sdc/validation.html
import type { Questionnaire, QuestionnaireResponse } from 'fhir/r4';
import { error, type Issue, warning } from '#fhir';
import { enablementOf } from './enable-when.js';
import { type Form, type FormItem, formOf } from './form.js';
import { answerHasItsType } from './response-rules/answer-has-its-type.rule.js';
import { answerIsOffered } from './response-rules/answer-is-offered.rule.js';
import { answerIsWithinLimits } from './response-rules/answer-is-within-limits.rule.js';
import { answersAreEnough } from './response-rules/answers-are-enough.rule.js';
import { itemHasItsShape } from './response-rules/item-has-its-shape.rule.js';
import { itemsAreInPlace } from './response-rules/items-are-in-place.rule.js';
import { questionnaireIsTheOne } from './response-rules/questionnaire-is-the-one.rule.js';
import { readOnlyIsUntouched } from './response-rules/read-only-is-untouched.rule.js';
import { textIsUnchanged } from './response-rules/text-is-unchanged.rule.js';
import { hasContent, readResponse, type ResponseItem, type ResponseTree } from './response-tree.js';

/** More than this helps nobody; the answer must stay small, whatever came. */
const issuesAtMost = 100;

/**
 * Every rule holds for a response that is completed or amended. A draft, a stopped one and one entered in error may lack
 * answers; what they hold must be right all the same. Never throws, whatever came.
 */
export function validateResponse(response: QuestionnaireResponse, questionnaire: Questionnaire): Issue[] {
  const form = formOf(questionnaire);
  if (form.fault !== undefined) return [error('invariant', form.fault, 'QuestionnaireResponse.questionnaire')];
  const tree = readResponse(response, form);
  const complete = !['in-progress', 'stopped', 'entered-in-error'].includes(response.status);
  const level: Level = { path: 'QuestionnaireResponse', items: tree.items, definitions: form.items, parent: undefined };
  const itemIssues = tree.oversized ? [] : levelIssues(level, { response, form, tree, complete });
  return bounded([...questionnaireIsTheOne(response, form), ...tree.faults, ...itemIssues]);
}

interface Validation {
  response: QuestionnaireResponse;
  form: Form;
  tree: ResponseTree;
  complete: boolean;
}

/** Items that stand side by side, and those that the form has there. */
interface Level {
  path: string;
  items: readonly ResponseItem[];
  definitions: readonly FormItem[];
  parent: ResponseItem | undefined;
}

function levelIssues(level: Level, validation: Validation): Issue[] {
  const instances = new Map<FormItem, ResponseItem[]>();
  for (const item of level.items) {
    if (!item.definition) continue;
    const same = instances.get(item.definition);
    if (same) same.push(item);
    else instances.set(item.definition, [item]);
  }
  return [
    ...itemsAreInPlace(level.items, level.definitions),
    ...level.definitions.flatMap((definition) =>
      definitionIssues(definition, { level, instances: instances.get(definition) ?? [], validation }),
    ),
  ];
}

interface Found {
  level: Level;
  instances: readonly ResponseItem[];
  validation: Validation;
}

function definitionIssues(definition: FormItem, { level, instances, validation }: Found): Issue[] {
  const { form, tree } = validation;
  const enablement = enablementOf(definition, { form, tree, parent: level.parent });
  if (enablement === 'disabled') return instances.filter(hasContent).map(answeredThoughDisabled);
  const complete = validation.complete && enablement === 'enabled';
  return [
    ...(enablement === 'unknown' ? [uncheckedCondition(definition, level.path)] : []),
    ...answersAreEnough(definition, { instances, complete, path: level.path }),
    ...instances.flatMap((item) => itemIssues(item, definition, validation)),
  ];
}

function itemIssues(item: ResponseItem, definition: FormItem, validation: Validation): Issue[] {
  const { form, response } = validation;
  const within = (path: string, items: readonly ResponseItem[]) =>
    levelIssues({ path, items, definitions: definition.children, parent: item }, validation);
  return [
    ...itemHasItsShape(item, definition),
    ...textIsUnchanged(item, definition, { form, response }),
    ...readOnlyIsUntouched(item, definition),
    ...(definition.item.type === 'group' ? within(item.path, item.items) : []),
    ...item.answers.flatMap((answer) => [
      ...answer.values.flatMap((value) => {
        const given = { value, path: `${answer.path}.value${value.type}` };
        const mistyped = answerHasItsType(given, definition);
        if (mistyped.length > 0) return mistyped;
        return [...answerIsOffered(given, definition, form), ...answerIsWithinLimits(given, definition)];
      }),
      ...(definition.item.type === 'group' ? [] : within(answer.path, answer.items)),
    ]),
  ];
}

function answeredThoughDisabled(item: ResponseItem): Issue {
  const what = `Item ${item.linkId} is not enabled by the other answers and must not be answered.`;
  return error('invariant', what, item.path);
}

function uncheckedCondition({ item }: FormItem, path: string): Issue {
  return warning('not-supported', `Whether item ${item.linkId} is enabled could not be checked.`, path);
}

function bounded(issues: readonly Issue[]): Issue[] {
  if (issues.length <= issuesAtMost) return [...issues];
  // faults before remarks, so that what is cut off never turns a refused response into an accepted one
  const faults = issues.filter(({ severity }) => severity === 'error');
  const remarks = issues.filter(({ severity }) => severity !== 'error');
  const more = warning('too-costly', 'There are more issues than are told here.');
  return [...[...faults, ...remarks].slice(0, issuesAtMost), more];
}
