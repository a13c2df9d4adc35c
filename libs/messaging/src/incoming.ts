import type { JsMsg } from '@nats-io/jetstream';
import { z } from 'zod';
import { type CloudEvent, subjectResource } from '#events';
import { startsHeader } from './outgoing.js';

/** An event as it came: parsed, with the resource whose order it keeps. */
export interface Incoming {
  event: CloudEvent;
  /** The exact text, for a dead letter. */
  text: string;
  subject: string;
  /** `Task/1` */
  resource: string;
  deliveries: number;
  /** The sender says that no earlier event of this resource is kept. */
  starts: boolean;
}

/** Text to value; a service passes one that keeps the digits of decimals. */
export type Parse = (text: string) => unknown;

/** Of types that are not meant nothing but their place is looked at, which any parser reads. */
export function incomingOf(message: JsMsg, parse: Parse, types?: readonly string[]): Incoming | undefined {
  const text = message.string();
  const plain = types && parseEvent(text, (one) => JSON.parse(one) as unknown);
  const event = plain && !types.includes(plain.type) ? plain : parseEvent(text, parse);
  if (event === undefined) return undefined;
  const { subject, info, headers } = message;
  const starts = headers?.get(startsHeader) === 'true';
  return { event, text, subject, resource: resourceOfEvent(event), deliveries: info.deliveryCount, starts };
}

/** A CloudEvent as Ginnel publishes them; undefined for anything else. */
export function parseEvent(text: string, parse: Parse): CloudEvent | undefined {
  const value = valueOf(text, parse);
  if (!attributes.safeParse(value).success) return undefined;
  const event = value as CloudEvent;
  return subjectResource(event.subject).version === event.sequence ? event : undefined;
}

export function resourceOfEvent(event: CloudEvent): string {
  const { type, id } = subjectResource(event.subject);
  return `${type}/${id}`;
}

const attributes = z.looseObject({
  specversion: z.literal('1.0'),
  id: z.guid(),
  source: z.string().regex(/^\/ginnel\/[a-z-]+$/),
  type: z.string().regex(/^[a-z0-9-]+\.v\d+$/),
  subject: z.string().regex(/^[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}\/_history\/[1-9]\d*$/),
  time: z.iso.datetime(),
  datacontenttype: z.literal('application/fhir+json'),
  sequence: z.int().positive(),
  audience: z.string(),
  correlationid: z.string(),
  traceparent: z.string().optional(),
  agent: z.string().optional(),
  organisation: z.string().optional(),
});

function valueOf(text: string, parse: Parse): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
