import { z } from 'zod';

/** Of a CapabilityStatement, what is put together here; the rest is kept as it is. */
const statement = z.looseObject({
  resourceType: z.literal('CapabilityStatement'),
  rest: z
    .array(
      z.looseObject({
        resource: z.array(z.looseObject({ type: z.string() })).default([]),
        operation: z.array(z.looseObject({ name: z.string() })).default([]),
      }),
    )
    .length(1),
});

const openApi = z.looseObject({
  openapi: z.string(),
  tags: z.array(z.looseObject({ name: z.string() })),
  paths: z.record(z.string(), z.unknown()),
});

/** One CapabilityStatement of the services' own ones: all their types and operations, the rest from the first. */
export function oneStatement(texts: readonly string[]): object {
  const statements = texts.map((text) => statement.parse(JSON.parse(text)));
  const parts = statements.flatMap(({ rest }) => rest);
  const resource = onceByType(parts.flatMap((part) => part.resource));
  const operation = onceByName(parts.flatMap((part) => part.operation));
  const rest = { ...parts[0], resource, operation: operation.length === 0 ? undefined : operation };
  return { ...statements[0], rest: [rest] };
}

/** One OpenAPI document of the services' own ones. */
export function oneOpenApi(texts: readonly string[]): object {
  const documents = texts.map((text) => openApi.parse(JSON.parse(text)));
  const tags = onceByName(documents.flatMap((document) => document.tags));
  const paths = Object.fromEntries(documents.toReversed().flatMap((document) => Object.entries(document.paths)));
  return { ...documents[0], tags, paths };
}

/** Definitions are served by all services alike. */
function onceByType<Typed extends { type: string }>(all: readonly Typed[]): Typed[] {
  return all.filter(({ type }, at) => all.findIndex((other) => other.type === type) === at);
}

function onceByName<Named extends { name: string }>(all: readonly Named[]): Named[] {
  return all.filter(({ name }, at) => all.findIndex((other) => other.name === name) === at);
}
