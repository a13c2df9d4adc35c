import type {
  Bundle,
  BundleEntry,
  Encounter,
  FhirResource,
  HealthcareService,
  MessageHeader,
  Organization,
  Patient,
  ServiceRequest,
  Task,
} from 'fhir/r4';
import { withReferences } from '#fhir';
import {
  isSystem,
  isUseCase,
  messageCategorySystem,
  messageEventSystem,
  messageReasonSystem,
  vcseUseCase,
} from '../bars/codes.js';
import { isEnd } from '../state-before.js';
import { withoutWait } from '../waiting.js';
import { responseInterimDefinition, responseShortDefinition, responseVcseDefinition } from './codes.js';
import { peopleOf } from './people-of.js';
import { receiversEncounter } from './receivers-encounter.js';
import { encounterStatusOf } from './told.js';

/** What a response is made of: each resource as it is read here, with its id. */
export interface ResponseFacts {
  /** The provider's Task that it tells of. */
  part: Task;
  request: ServiceRequest;
  patient: Patient;
  /** The sender's assessment, where it sent one. */
  assessment?: Encounter;
  /** The Encounter that was promised when the message came. */
  promised: Encounter;
  requester: Organization;
  provider: Organization;
  activity?: HealthcareService;
  /** Bundle.id of that message. */
  answers: string;
  /** `system|value`: where it goes, and where its sender is answered in turn. */
  returnAddress: string;
  ownAddress: string;
  /** What rides along: flags, answers, scores, the outcome. */
  also: readonly FhirResource[];
  /** It replaces what an earlier response said. */
  corrects?: boolean;
}

export interface Making {
  /** Of the message: a UUID. */
  bundleId: string;
  /** FHIR instant. */
  now: string;
  newId: () => string;
  /** What the message does not hold is found there. */
  baseUrl: string;
}

/**
 * The servicerequest-response that tells the sender of a referral how it stands. The receiver's Encounter is its focus, as in the
 * standard's own status and rejection; Task says the same more finely. A response of our own use case follows our definition, one to a
 * validation BaRS' interim one, any other BaRS' short one. https://simplifier.net/guide/nhsbookingandreferralstandard
 */
export function responseBundle(facts: ResponseFacts, making: Making): Bundle {
  const { bundleId, now, newId } = making;
  const resources = resourcesOf(facts, now);
  const urls = new Map(resources.map((one) => [placeOf(one), `urn:uuid:${uuidOf(one) ?? newId()}`]));
  const people = peopleOf(facts, newId);
  const known = new Set(people.map(({ fullUrl }) => fullUrl));
  const settle = (one: FhirResource): FhirResource => settled(one, { urls, known, making });
  const header = headerOf(facts, { id: newId(), urlOf: (one) => urls.get(placeOf(one)) ?? '' });
  return {
    resourceType: 'Bundle',
    id: bundleId,
    meta: { versionId: '1.0.0', lastUpdated: now },
    type: 'message',
    timestamp: now,
    entry: [
      { fullUrl: `urn:uuid:${header.id ?? ''}`, resource: header },
      ...resources.map((one) => ({ fullUrl: urls.get(placeOf(one)), resource: settle(one) })),
      ...people.map(({ fullUrl, resource }) => ({ fullUrl, resource: settle(resource) })),
    ] as BundleEntry[],
  };
}

/** By what a referral calls itself; a message of any use case of BaRS goes by the standard's definition. */
export function isVcse({ category = [] }: ServiceRequest): boolean {
  const codings = category.flatMap(({ coding = [] }) => coding);
  return codings.some(({ system = '', code = '' }) => isUseCase({ system, code }, vcseUseCase));
}

function isValidation({ category = [] }: ServiceRequest): boolean {
  const codings = category.flatMap(({ coding = [] }) => coding);
  return codings.some(({ system, code }) => code === 'validation' && isSystem(system, messageCategorySystem));
}

function headerOf(
  facts: ResponseFacts,
  { id, urlOf }: { id: string; urlOf: (resource: FhirResource) => string },
): MessageHeader {
  const { requester, provider, promised, answers, returnAddress, ownAddress, corrects = false } = facts;
  const { name } = provider;
  return {
    resourceType: 'MessageHeader',
    id,
    eventCoding: { system: messageEventSystem, code: 'servicerequest-response' },
    destination: [{ endpoint: returnAddress, receiver: { reference: urlOf(requester) } }],
    sender: { reference: urlOf(provider) },
    source: { ...(name === undefined ? {} : { name }), software: 'Ginnel', endpoint: ownAddress },
    reason: { coding: [{ system: messageReasonSystem, code: corrects ? 'update' : 'new' }] },
    response: { identifier: answers, code: 'ok' },
    focus: [{ reference: urlOf(promised) }],
    definition: definitionOf(facts),
  };
}

/** A validation without the sender's assessment has one Encounter too few for the answer that is meant for it. */
function definitionOf({ request, assessment }: ResponseFacts): string {
  if (isVcse(request)) return responseVcseDefinition;
  return isValidation(request) && assessment ? responseInterimDefinition : responseShortDefinition;
}

function resourcesOf(facts: ResponseFacts, now: string): FhirResource[] {
  const { request, part, patient, assessment, promised, requester, provider, activity, also } = facts;
  return [
    { ...request, status: requestStatusOf(facts) },
    ...(assessment ? [assessment] : []),
    receiversEncounter(promised, part, { now, validates: isValidation(request) }),
    isEnd(part.status) ? withoutWait(part) : part,
    patient,
    requester,
    provider,
    ...(activity ? [activity] : []),
    ...also,
  ];
}

/**
 * BaRS knows no response for a referral that was completed; our own use case does. Of a validation none is revoked: the cancelled
 * Encounter says it.
 */
function requestStatusOf({ request, part }: ResponseFacts): ServiceRequest['status'] {
  if (request.status === 'completed' && part.status === 'completed' && isVcse(request)) return 'completed';
  const isOver = request.status === 'revoked' || request.status === 'entered-in-error';
  return isOver && !isValidation(request) && encounterStatusOf(part) === 'cancelled' ? 'revoked' : 'active';
}

/** As it can stand in a message: what rides along is named by its urn, all else by its address here. */
function settled(
  resource: FhirResource,
  { urls, known, making }: { urls: ReadonlyMap<string, string>; known: ReadonlySet<string>; making: Making },
): FhirResource {
  const resolve = (literal: string): string | undefined => {
    if (literal.startsWith('#') || known.has(literal) || /^[a-z][a-z0-9+.-]*:/i.test(literal)) return undefined;
    return urls.get(literal.replace(/\/_history\/.*$/, '')) ?? `${making.baseUrl}/${literal}`;
  };
  const { id, meta, ...rest } = withAttachments(withReferences(resource, resolve), resolve);
  const { profile, security } = meta ?? {};
  return {
    ...rest,
    ...(uuidOf(resource) === undefined ? {} : { id }),
    meta: {
      lastUpdated: meta?.lastUpdated ?? making.now,
      ...(profile ? { profile } : {}),
      ...(security ? { security } : {}),
    },
  };
}

/** A document names what it is made of by url, not by Reference. */
function withAttachments(resource: FhirResource, resolve: (literal: string) => string | undefined): FhirResource {
  if (resource.resourceType !== 'DocumentReference') return resource;
  const content = resource.content.map((one) => {
    const { url } = one.attachment;
    const there = url === undefined ? undefined : resolve(url);
    return there === undefined ? one : { ...one, attachment: { ...one.attachment, url: there } };
  });
  return { ...resource, content };
}

function placeOf({ resourceType, id = '' }: FhirResource): string {
  return `${resourceType}/${id}`;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function uuidOf({ id }: FhirResource): string | undefined {
  return id !== undefined && uuid.test(id) ? id : undefined;
}
