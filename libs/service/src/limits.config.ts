import { z } from 'zod';
import type { Limits } from '#fhir-server';

/** An empty variable says nothing: so a compose file may name it. */
const limit = z.preprocess(
  (value) => (value === '' ? undefined : value),
  z.coerce.number().int().positive().optional(),
);

/** What one request may ask; each has a usual value (libs/fhir-server, limits.ts). */
export const limitVariables = {
  GINNEL_LIMIT_BODY_BYTES: limit,
  GINNEL_LIMIT_BUNDLE_ENTRIES: limit,
  GINNEL_LIMIT_ANSWER_LENGTH: limit,
  GINNEL_LIMIT_ATTACHMENT_BYTES: limit,
  GINNEL_LIMIT_JSON_DEPTH: limit,
  GINNEL_LIMIT_STRING_LENGTH: limit,
  GINNEL_LIMIT_PARAMETERS: limit,
  GINNEL_LIMIT_CONDITIONAL_DELETES: limit,
  GINNEL_LIMIT_INCLUDES: limit,
  GINNEL_LIMIT_PAGE_COUNT: limit,
  GINNEL_LIMIT_URL_LENGTH: limit,
  GINNEL_LIMIT_JOBS: limit,
  GINNEL_LIMIT_SUBSCRIPTIONS: limit,
  GINNEL_LIMIT_JOB_SECONDS: limit,
  GINNEL_LIMIT_REPEAT_WAIT_MS: limit,
  GINNEL_LIMIT_REQUESTS: limit,
  GINNEL_LIMIT_REQUEST_SECONDS: limit,
  GINNEL_LIMIT_ATTEMPTS: limit,
  GINNEL_LIMIT_IN_FLIGHT: limit,
  GINNEL_LIMIT_WAITING: limit,
  GINNEL_LIMIT_WAIT_MS: limit,
  GINNEL_LIMIT_BUSY_WAIT_MS: limit,
  GINNEL_LIMIT_ANSWER_MS: limit,
  GINNEL_LIMIT_HEADERS_MS: limit,
  GINNEL_LIMIT_ARRIVAL_MS: limit,
  GINNEL_LIMIT_CONNECTIONS: limit,
  GINNEL_LIMIT_QUERY_MS: limit,
};

type LimitVariables = Partial<Record<keyof typeof limitVariables, number | undefined>>;

const variables: Readonly<Record<keyof Limits, keyof LimitVariables>> = {
  bodyBytes: 'GINNEL_LIMIT_BODY_BYTES',
  bundleEntries: 'GINNEL_LIMIT_BUNDLE_ENTRIES',
  answerLength: 'GINNEL_LIMIT_ANSWER_LENGTH',
  attachmentBytes: 'GINNEL_LIMIT_ATTACHMENT_BYTES',
  jsonDepth: 'GINNEL_LIMIT_JSON_DEPTH',
  stringLength: 'GINNEL_LIMIT_STRING_LENGTH',
  parameters: 'GINNEL_LIMIT_PARAMETERS',
  conditionalDeletes: 'GINNEL_LIMIT_CONDITIONAL_DELETES',
  includes: 'GINNEL_LIMIT_INCLUDES',
  pageCount: 'GINNEL_LIMIT_PAGE_COUNT',
  urlLength: 'GINNEL_LIMIT_URL_LENGTH',
  jobs: 'GINNEL_LIMIT_JOBS',
  subscriptions: 'GINNEL_LIMIT_SUBSCRIPTIONS',
  jobSeconds: 'GINNEL_LIMIT_JOB_SECONDS',
  repeatWaitMs: 'GINNEL_LIMIT_REPEAT_WAIT_MS',
  requests: 'GINNEL_LIMIT_REQUESTS',
  requestSeconds: 'GINNEL_LIMIT_REQUEST_SECONDS',
  attempts: 'GINNEL_LIMIT_ATTEMPTS',
  inFlight: 'GINNEL_LIMIT_IN_FLIGHT',
  waiting: 'GINNEL_LIMIT_WAITING',
  waitMs: 'GINNEL_LIMIT_WAIT_MS',
  busyWaitMs: 'GINNEL_LIMIT_BUSY_WAIT_MS',
  answerMs: 'GINNEL_LIMIT_ANSWER_MS',
  headersMs: 'GINNEL_LIMIT_HEADERS_MS',
  arrivalMs: 'GINNEL_LIMIT_ARRIVAL_MS',
  connections: 'GINNEL_LIMIT_CONNECTIONS',
  queryMs: 'GINNEL_LIMIT_QUERY_MS',
};

/** The limits that the environment names. */
export function limitsIn(config: LimitVariables): Partial<Limits> {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, variable]) => {
      const value = config[variable];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** The same limits for another process. */
export function limitVariablesOf(limits: Partial<Limits>): Record<string, string> {
  const named = Object.entries(limits) as [keyof Limits, number][];
  return Object.fromEntries(named.map(([name, value]) => [variables[name], String(value)]));
}
