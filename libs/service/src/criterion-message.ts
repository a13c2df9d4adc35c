import { z } from 'zod';
import {
  type Criterion,
  type Include,
  type ParameterCriterion,
  type SearchParameter,
  searchParameter,
  type SearchValue,
} from '#fhir-search';

/**
 * Criteria and includes as they travel between services: parameters by type and code, for each side has their definitions.
 */
const prefix = z.enum(['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap']);
const text = z.string();
const modifier = z.enum([
  ...(['missing', 'exact', 'contains', 'not', 'identifier'] as const),
  ...(['in', 'not-in', 'above', 'below', 'of-type', 'text'] as const),
]);

const plainValue = z.discriminatedUnion('type', [
  z.object({ type: z.literal('token'), system: text.optional(), value: text.optional() }),
  z.object({ type: z.literal('string'), value: text, exact: text.optional() }),
  z.object({ type: z.literal('reference'), value: text }),
  z.object({ type: z.literal('uri'), value: text }),
  z.object({ type: z.literal('date'), prefix, low: z.coerce.date(), high: z.coerce.date() }),
  z.object({
    ...{ type: z.literal('number'), prefix, low: z.number(), high: z.number() },
    ...{ system: text.optional(), unit: text.optional() },
  }),
  z.object({ type: z.literal('text'), value: text }),
  z.object({ type: z.literal('typedIdentifier'), system: text.optional(), code: text, value: text }),
  z.object({ type: z.literal('valueSet'), url: text }),
  z.object({ type: z.literal('near'), latitude: z.number(), longitude: z.number(), metres: z.number() }),
]);
const value = z.union([plainValue, z.object({ type: z.literal('composite'), parts: z.array(plainValue) })]);

type CriterionMessage =
  | {
      code: string;
      modifier?: z.infer<typeof modifier> | undefined;
      missing?: boolean | undefined;
      values: z.infer<typeof value>[];
    }
  | { chain: { code: string; targets: { type: string; criterion: CriterionMessage }[] } }
  | { has: { type: string; code: string; criterion: CriterionMessage } };

export const criterionMessage: z.ZodType<CriterionMessage> = z.lazy(() =>
  z.union([
    z.object({
      code: text,
      modifier: modifier.optional(),
      missing: z.boolean().optional(),
      values: z.array(value).max(10_000),
    }),
    z.object({
      chain: z.object({
        code: text,
        targets: z.array(z.object({ type: text, criterion: criterionMessage })).max(200),
      }),
    }),
    z.object({ has: z.object({ type: text, code: text, criterion: criterionMessage }) }),
  ]),
);

export function messageOf(criterion: Criterion): CriterionMessage {
  if ('chain' in criterion) {
    const { parameter, targets } = criterion.chain;
    const told = targets.map((target) => ({ type: target.type, criterion: messageOf(target.criterion) }));
    return { chain: { code: parameter.code, targets: told } };
  }
  if ('has' in criterion) {
    const { type, parameter, criterion: inner } = criterion.has;
    return { has: { type, code: parameter.code, criterion: messageOf(inner) } };
  }
  const { parameter, values, ...rest } = criterion;
  return { code: parameter.code, ...rest, values: values as z.infer<typeof value>[] };
}

/** The criterion of a type that a message tells. */
export function criterionIn(type: string, message: CriterionMessage): Criterion {
  if ('chain' in message) {
    const { code, targets } = message.chain;
    const told = targets.map((target) => ({
      type: target.type,
      criterion: criterionIn(target.type, target.criterion),
    }));
    return { chain: { parameter: parameterOf(type, code), targets: told } };
  }
  if ('has' in message) {
    const { type: source, code, criterion } = message.has;
    return {
      has: { type: source, parameter: parameterOf(source, code), criterion: criterionIn(source, criterion) },
    };
  }
  const { code, values, modifier: said, missing } = message;
  return {
    parameter: parameterOf(type, code),
    values: values as SearchValue[],
    ...(said === undefined ? {} : { modifier: said }),
    ...(missing === undefined ? {} : { missing }),
  } satisfies ParameterCriterion;
}

export const includeMessage = z.object({
  reverse: z.boolean(),
  source: text,
  code: text,
  target: text.optional(),
  iterate: z.boolean().optional(),
});

export function messageOfInclude({ parameter, ...include }: Include): z.infer<typeof includeMessage> {
  return { ...include, code: parameter.code };
}

export function includeIn({ code, target, iterate, ...include }: z.infer<typeof includeMessage>): Include {
  return {
    ...include,
    parameter: parameterOf(include.source, code),
    ...(target === undefined ? {} : { target }),
    ...(iterate === undefined ? {} : { iterate }),
  };
}

/** Both sides are of one release; a parameter that was loaded may not have come to all of them yet. */
export function parameterOf(type: string, code: string): SearchParameter {
  const parameter = searchParameter(type, code);
  if (parameter) return parameter;
  throw new Error(`${type} has no search parameter ${code} here.`);
}
