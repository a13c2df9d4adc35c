import type {
  Bundle,
  BundleEntry,
  Coding,
  Encounter,
  FhirResource,
  Identifier,
  MessageHeader,
  ServiceRequest,
} from 'fhir/r4';
import { type ReadMessage } from './read-referral.js';

export interface MessageAnswer {
  /** Of the answer itself: a UUID. */
  bundleId: string;
  /** FHIR instant. */
  now: string;
  /** Where the message was taken as a referral: the receiver's Encounter, a promise of care by its reference. */
  encounter?: {
    /** A UUID. */
    id: string;
    /** What people say on the telephone. */
    reference: Identifier;
  };
  /** The ids by which the message's resources can be read here. */
  ids?: ReadonlyMap<FhirResource, string>;
  /** What is so here, and is not as the message said it: elements of these of its resources. */
  states?: ReadonlyMap<FhirResource, object>;
}

type AnsweredMessage = ReadMessage & { serviceRequest: ServiceRequest | undefined };

/**
 * The body of the synchronous 200. BaRS echoes the message with a second Encounter of status planned. Two things
 * are ours: MessageHeader.response, so that an answer is never taken for a request, and no definition, because the
 * request's allows one Encounter only.
 */
export function answerTo(message: AnsweredMessage, answer: MessageAnswer): Bundle {
  const { meta } = message.bundle;
  return {
    resourceType: 'Bundle',
    id: answer.bundleId,
    meta: { ...meta, lastUpdated: answer.now },
    type: 'message',
    timestamp: answer.now,
    entry: (message.bundle.entry ?? []).flatMap((entry) => [
      echoed(entry, message, answer),
      ...(entry.resource === lastBeforeAnswer(message) ? promised(message, answer) : []),
    ]),
  };
}

function echoed(entry: BundleEntry, message: ReadMessage, answer: MessageAnswer): BundleEntry {
  const resource = entry.resource as FhirResource | undefined;
  if (resource === undefined) return entry;
  if (resource.resourceType === 'MessageHeader') {
    return { ...entry, resource: answeringHeader(resource, message) };
  }
  const id = answer.ids?.get(resource);
  const state = answer.states?.get(resource) ?? {};
  return { ...entry, resource: { ...resource, ...state, ...(id === undefined ? {} : { id }) } };
}

function answeringHeader(header: MessageHeader, { bundleId }: ReadMessage): MessageHeader {
  const answering: MessageHeader = { ...header, response: { identifier: bundleId, code: 'ok' } };
  delete answering.definition;
  return answering;
}

/** The receiver's Encounter stands after the sender's, as in the standard's example. */
function lastBeforeAnswer({ encounter, serviceRequest }: AnsweredMessage): FhirResource | undefined {
  return encounter ?? serviceRequest;
}

const ambulatory: Coding = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode',
  code: 'AMB',
  display: 'ambulatory',
};

function promised(message: AnsweredMessage, { encounter, now }: MessageAnswer): BundleEntry[] {
  if (encounter === undefined || message.serviceRequest === undefined) return [];
  const resource: Encounter = {
    resourceType: 'Encounter',
    id: encounter.id,
    meta: { lastUpdated: now, profile: ['https://fhir.hl7.org.uk/StructureDefinition/UKCore-Encounter'] },
    identifier: [encounter.reference],
    status: 'planned',
    class: message.encounter?.class ?? ambulatory,
    subject: message.serviceRequest.subject,
    ...(message.encounter?.episodeOfCare === undefined ? {} : { episodeOfCare: message.encounter.episodeOfCare }),
    period: { start: now },
  };
  return [{ fullUrl: `urn:uuid:${encounter.id}`, resource }];
}
