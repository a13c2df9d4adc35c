import { z } from 'zod';
import type { Limits } from '#fhir-server';

const limit = z.coerce.number().int().positive().optional();

/** What one request may ask; each has a usual value (libs/fhir-server, limits.ts). */
export const limitVariables = {
  GINNEL_LIMIT_BODY_BYTES: limit,
  GINNEL_LIMIT_BUNDLE_ENTRIES: limit,
  GINNEL_LIMIT_ANSWER_LENGTH: limit,
  GINNEL_LIMIT_JSON_DEPTH: limit,
  GINNEL_LIMIT_STRING_LENGTH: limit,
  GINNEL_LIMIT_PARAMETERS: limit,
  GINNEL_LIMIT_CONDITIONAL_DELETES: limit,
  GINNEL_LIMIT_INCLUDES: limit,
  GINNEL_LIMIT_PAGE_COUNT: limit,
  GINNEL_LIMIT_URL_LENGTH: limit,
  GINNEL_LIMIT_JOBS: limit,
  GINNEL_LIMIT_JOB_SECONDS: limit,
};

type LimitVariables = Partial<Record<keyof typeof limitVariables, number | undefined>>;

const variables: Readonly<Record<keyof Limits, keyof LimitVariables>> = {
  bodyBytes: 'GINNEL_LIMIT_BODY_BYTES',
  bundleEntries: 'GINNEL_LIMIT_BUNDLE_ENTRIES',
  answerLength: 'GINNEL_LIMIT_ANSWER_LENGTH',
  jsonDepth: 'GINNEL_LIMIT_JSON_DEPTH',
  stringLength: 'GINNEL_LIMIT_STRING_LENGTH',
  parameters: 'GINNEL_LIMIT_PARAMETERS',
  conditionalDeletes: 'GINNEL_LIMIT_CONDITIONAL_DELETES',
  includes: 'GINNEL_LIMIT_INCLUDES',
  pageCount: 'GINNEL_LIMIT_PAGE_COUNT',
  urlLength: 'GINNEL_LIMIT_URL_LENGTH',
  jobs: 'GINNEL_LIMIT_JOBS',
  jobSeconds: 'GINNEL_LIMIT_JOB_SECONDS',
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
