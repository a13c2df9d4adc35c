import { withinTime } from './within-time.js';

const patience = 100;
const shortText = 1_000;

/** Whether the text holds the pattern; false where that takes too long to tell. */
export function matchesSafely(text: string, pattern: string): boolean {
  const compiled = patternOf(pattern);
  return isQuick(text, pattern) ? compiled.test(text) : withinTime(patience, () => compiled.test(text)) === true;
}

/** A repeated group may be tried in more ways than can be counted; without one, a short text is done at once. */
function isQuick(text: string, pattern: string): boolean {
  return text.length <= shortText && !/\)[*+{?]/.test(pattern);
}

/** Many published patterns escape what needs none, which JavaScript takes only outside Unicode mode. */
function patternOf(pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'su');
  } catch {
    return new RegExp(pattern, 's');
  }
}
