import { FhirError } from '#fhir';
import { type ErrorRow, errorNamed, failingTarget } from './error-rows.js';

export const failHeader = 'x-ginnel-fail';

/** What somebody asked to go wrong with one request. */
export interface AskedFaults {
  delayMs?: number;
  error?: ErrorRow;
  /** It is done, and the connection is cut instead of the answer. */
  lostAnswer?: boolean;
  /** It arrives twice. */
  duplicate?: boolean;
  /** The answer bears neither X-Request-Id nor X-Correlation-Id. */
  withoutIds?: boolean;
  /** 502 in HTML, as from something in between. */
  withoutOutcome?: boolean;
  /** Only the first so many tries go wrong. */
  times?: number;
}

const longestDelayMs = 60_000;
const switches = new Map<string, keyof AskedFaults>([
  ['lost-answer', 'lostAnswer'],
  ['duplicate', 'duplicate'],
  ['without-ids', 'withoutIds'],
  ['without-outcome', 'withoutOutcome'],
]);

/** Reads `503,times=2`: an error by status, code or code and issue, and words; throws where it says something else. */
export function askedFaults(text: string): AskedFaults {
  const parts = text.split(',').map((part) => part.trim());
  return Object.assign({}, ...parts.filter((part) => part !== '').map(askedBy)) as AskedFaults;
}

/** The error that a target identifier stands for; undefined for one that is of a service. */
export function faultsOfTarget(value = ''): AskedFaults | undefined {
  if (!value.startsWith(failingTarget)) return undefined;
  const row = errorNamed(value.slice(failingTarget.length));
  return row ? { error: row } : undefined;
}

function askedBy(part: string): AskedFaults {
  const asked = switches.get(part);
  if (asked) return { [asked]: true };
  const [, word, figures = ''] = /^(delay|times)=(\d{1,5})$/.exec(part) ?? [];
  if (word === 'delay' && Number(figures) <= longestDelayMs) return { delayMs: Number(figures) };
  if (word === 'times') return { times: Number(figures) };
  const row = errorNamed(part);
  if (row) return { error: row };
  throw FhirError.of(
    'value',
    'X-Ginnel-Fail takes an HTTP status, a code such as REC_CONFLICT or REC_CONFLICT-duplicate, ' +
      `${[...switches.keys()].join(', ')}, delay=<up to ${String(longestDelayMs)} milliseconds> and times=<tries>, with commas between.`,
    { expression: 'http.X-Ginnel-Fail' },
  );
}
