import type { Audience } from '#fhir';
import type { ParameterCriterion } from '#fhir-search';
import type { SystemCode, Terminology } from '#terminology';

/** Most codes that one criterion may stand for. */
export const codesAtMost = 5000;

/** Which codes are meant: all of a value set (canonical, with or without `|version`), or what lies below or above one. */
export type CodesQuestion = { valueSet: string } | { below: SystemCode } | { above: SystemCode };

/** In the order of the questions; undefined where they are not known, cannot be listed, or may not be seen by the reader. */
export type AskStoredCodes = (
  asked: readonly CodesQuestion[],
  reader: Audience,
) => Promise<(readonly SystemCode[] | undefined)[]>;

/** The same of one terminology. */
export function ownCodes(question: CodesQuestion, terminology: Terminology): readonly SystemCode[] | undefined {
  if ('valueSet' in question) return terminology.codesOf(question.valueSet);
  const isBelow = 'below' in question;
  const code = isBelow ? question.below : question.above;
  const codes = isBelow ? terminology.below(code) : terminology.above(code);
  return codes?.map((each) => ({ system: code.system, code: each }));
}

/** Whether the criterion's values stand for codes that must be found first. */
export function asksCodes({ parameter, modifier }: ParameterCriterion): boolean {
  return parameter.type === 'token' && modifier !== undefined && standing.has(modifier);
}

const standing: ReadonlySet<string> = new Set(['in', 'not-in', 'above', 'below']);

export function keyOf(question: CodesQuestion): string {
  return JSON.stringify(question);
}
