import type { Bundle, DomainResource, FhirResource, Patient, Reference } from 'fhir/r4';
import { FhirError, normaliseIdentifierSystem, referencesIn, resourceIdOf, stringifyJson, withLiteralsOf } from '#fhir';
import { base } from './codes.js';
import { currentCoding } from './current-coding.js';
import { elementsOfPerson } from './message-person.js';

export interface MessageLinks {
  /** The resource of the message that a literal reference means. */
  resolve: (literal: string) => FhirResource | undefined;
  /** The stored reference of resources of the message. */
  stored: ReadonlyMap<FhirResource, string>;
  /** Directory resources of the message that the directory does not know, and what is of a type that nobody holds here. */
  foreign: ReadonlySet<FhirResource>;
  /** What the message names and the directory holds, as `Type/id`. */
  directory: ReadonlySet<string>;
  /** Whom the message is about. */
  person?: Patient;
}

/** System under which a reference into the sender's own records is kept: it means nothing here. */
export const senderReferenceSystem = `${base}/Id/sender-reference`;

/**
 * The resource as it can be stored: what the message wrote as urn:uuid points to what was stored; a practitioner or organisation
 * that the directory does not know stays with it as a contained resource, and so does a medicine or a report, so that nothing the
 * sender said is lost. A reference to anything else is kept as an identifier: the sender's `Patient/1` is not ours. Identifier
 * systems and retired code systems are written as they are today.
 */
export function embed<R extends FhirResource>(resource: R, links: MessageLinks): R {
  const needed = foreignIn(resource, links);
  const local = namesFor(needed, (resource as DomainResource).contained ?? []);
  const settle: Settle = (reference) => settledReference(reference, links, local);
  const settled = withPersonNamed(resource, withSettled(resource, settle), links);
  if (needed.length === 0) return settled;
  const contained = needed.map((one) => containable(one, local.get(one) ?? '', settle));
  const own = (settled as DomainResource).contained ?? [];
  return { ...settled, contained: [...own, ...contained] };
}

/** With the person's record here in the place of another name that the message has for the person. */
function withPersonNamed<R extends FhirResource>(sent: R, settled: R, { person, resolve, stored }: MessageLinks): R {
  const here = person && stored.get(person);
  if (person === undefined || here === undefined) return settled;
  const byLiteral = ({ reference = '' }: Reference) => resolve(reference);
  const elements = elementsOfPerson(sent, { patient: person, resolve: byLiteral });
  if (elements.length === 0) return settled;
  const said = settled as Partial<Record<(typeof elements)[number], Reference>>;
  const named = elements.map((element) => [element, { ...said[element], reference: here }] as const);
  return { ...settled, ...Object.fromEntries(named) };
}

/** Bytes of a message as it is kept: its event has to go through the broker, which takes 8 MB. */
const mostKept = 4 * 1024 * 1024;

/** Refuses a message that would grow too large by what these of its resources come to contain, before any of them does. */
export function refuseTooMuch(message: Bundle, resources: readonly FhirResource[], links: MessageLinks): void {
  const sizes = new Map([...links.foreign].map((one) => [one, sizeOf(one)]));
  let kept = sizeOf(message);
  for (const resource of resources) {
    for (const one of foreignIn(resource, links)) kept += sizes.get(one) ?? 0;
    refuseTooLarge(kept);
  }
}

export function refuseTooLarge(bytes: number): void {
  if (bytes <= mostKept) return;
  const diagnostics =
    'Whoever is not in the directory here is kept with each resource that names them, and this message would be larger ' +
    'than is kept. Leave photographs and the like out, or send less at once.';
  throw FhirError.of('too-costly', diagnostics, { status: 422, expression: 'Bundle.entry' });
}

/** In bytes, as JSON. */
export function sizeOf(resource: FhirResource): number {
  return Buffer.byteLength(stringifyJson(resource));
}

/** Ids for what comes to be contained, beside those of what the sender contained already. */
function namesFor(
  needed: readonly FhirResource[],
  own: readonly { id?: string | undefined }[],
): ReadonlyMap<FhirResource, string> {
  const taken = new Set(own.map(({ id }) => id));
  const ids = [...needed, ...own].map((_, at) => `sent-${String(at + 1)}`).filter((id) => !taken.has(id));
  return new Map(needed.map((one, at) => [one, ids[at] ?? '']));
}

/** The literal of a directory's resource, without version or server; undefined where it can be none. */
export function directoryPlace(literal: string): string | undefined {
  const found = resourceIdOf(literal);
  const types = ['HealthcareService', 'Organization', 'PractitionerRole'];
  return found && types.includes(found.type) ? `${found.type}/${found.id}` : undefined;
}

type Settle = (reference: { reference: string }) => Reference;

function settledReference(
  sent: { reference: string },
  { resolve, stored, directory }: MessageLinks,
  local: ReadonlyMap<FhirResource, string>,
): Reference {
  const { reference: literal, ...rest } = sent as Reference & { reference: string };
  if (literal.startsWith('#')) return sent;
  const meant = resolve(literal);
  if (meant) {
    const id = local.get(meant);
    const here = stored.get(meant) ?? (id === undefined ? undefined : `#${id}`);
    if (here !== undefined) return { ...rest, reference: here };
  } else {
    const place = directoryPlace(literal);
    if (place !== undefined && directory.has(place)) return { ...rest, reference: place };
  }
  return rest.identifier ? rest : { ...rest, identifier: { system: senderReferenceSystem, value: literal } };
}

/** A copy in which each literal Reference, wherever it stands, is settled; decimals keep their digits. */
function withSettled<T>(value: T, settle: Settle): T {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(
    ([key, item]: [string, unknown]) => [key, withSettled(item, settle)] as const,
  );
  const copy: object = Array.isArray(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries);
  return withLiteralsOf(value, isLiteral(copy) ? settle(copy) : asToday(copy)) as T;
}

function asToday(copy: object): object {
  if (isIdentifier(copy)) return inCurrentSpelling(copy);
  return isCoding(copy) ? currentCoding(copy) : copy;
}

function isCoding(value: object): value is { system: string; code: string } {
  return 'system' in value && typeof value.system === 'string' && 'code' in value && typeof value.code === 'string';
}

/** An Identifier, by its look: of what else has a system and a value none has the system of an NHS identifier. */
function isIdentifier(value: object): value is { system: string; value: string } {
  return 'system' in value && typeof value.system === 'string' && 'value' in value && typeof value.value === 'string';
}

/** Stored as the system is written today, so that it is found by that. */
function inCurrentSpelling<T extends { system: string }>(identifier: T): T {
  return { ...identifier, system: normaliseIdentifierSystem(identifier.system) };
}

function isLiteral(value: object): value is { reference: string } {
  return 'reference' in value && typeof value.reference === 'string';
}

/** What a resource needs, and what that needs in turn: a role needs its practitioner and organisation. */
function foreignIn(resource: FhirResource, { resolve, foreign }: MessageLinks): FhirResource[] {
  const found: FhirResource[] = [];
  const visit = (one: FhirResource): void => {
    for (const { reference } of referencesIn(one)) {
      const next = resolve(reference.reference ?? '');
      if (!next || !foreign.has(next) || found.includes(next)) continue;
      found.push(next);
      visit(next);
    }
  };
  visit(resource);
  return found;
}

/** A contained resource bears no version and contains nothing itself. */
function containable(resource: FhirResource, id: string, settle: Settle): FhirResource {
  const settled = withSettled(resource, settle) as DomainResource;
  const kept = Object.entries(settled).filter(([element]) => !['meta', 'text', 'contained'].includes(element));
  const profile = settled.meta?.profile;
  return { ...Object.fromEntries(kept), id, ...(profile ? { meta: { profile } } : {}) } as FhirResource;
}
