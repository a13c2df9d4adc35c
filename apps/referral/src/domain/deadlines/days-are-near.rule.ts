import type { Element } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import { englishDay } from '#programmes';
import { contactDueExtension, replyByExtension, waitlistReviewExtension } from '../codes.js';
import { extensionsOf } from '../extensions.js';

type Extended = Pick<Element, 'extension'>;

const yearsAtMost = 5;
const said = [contactDueExtension, replyByExtension, waitlistReviewExtension];

/**
 * A day on which somebody is to do something is one that they live to see: what is said anew lies at most five years ahead.
 * Working time is counted day by day until then.
 */
export function daysAreNear(
  [before, after]: readonly [before: Extended, after: Extended],
  { now, element }: { now: Date; element: string },
): Issue[] {
  const today = englishDay(now);
  const last = `${String(Number(today.slice(0, 4)) + yearsAtMost)}${today.slice(4)}`;
  return said.flatMap((url) => {
    const known = daysIn(before, url);
    const far = daysIn(after, url).filter((day) => day > last && !known.includes(day));
    const diagnostics = `${url} is at most ${String(yearsAtMost)} years ahead: ${last} or before.`;
    return far.map(() => error('value', diagnostics, element));
  });
}

function daysIn(extended: Extended, url: string): string[] {
  return extensionsOf(extended, url).flatMap(({ valueDate }) => valueDate ?? []);
}
