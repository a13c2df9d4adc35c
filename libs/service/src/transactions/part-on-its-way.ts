import { z } from 'zod';
import { parseJson, serviceNames, stringifyJson } from '#fhir';
import { plannedPart, type ReservedPart } from '#fhir-server';
import { actAsTold, callerAsTold } from '../on-behalf.js';

/** Resources pass as they were parsed: a copy would lose the digits of decimals. */
const resource = z.unknown();

const part = z.object({
  transaction: z.string().min(1).max(64),
  coordinator: z.enum(serviceNames),
  entries: z.array(
    z.looseObject({
      at: z.int(),
      place: z.string(),
      type: z.string(),
      owner: z.enum(serviceNames),
      interaction: z.enum(['create', 'update', 'patch', 'delete']),
      resource: resource.optional(),
    }),
  ),
  resources: z.array(z.object({ at: z.int(), resource })),
  planned: plannedPart.shape.planned,
  caller: callerAsTold,
  act: actAsTold,
  now: z.coerce.date(),
});

/** A part of a transaction as JSON text: decimals keep their digits. */
export function partAsText(sent: ReservedPart): string {
  return stringifyJson(sent);
}

/** What `partAsText` wrote. */
export function partIn(text: string): ReservedPart {
  return part.parse(parseJson(text, { maxDepth: deepest })) as unknown as ReservedPart;
}

/** What stands in it was judged when it came. */
const deepest = 1_000;
