import { Injectable } from '@nestjs/common';
import type { Bundle, FhirResource, Patient } from 'fhir/r4';
import { ownerOf, publicAudience, referencesIn, resourceIdOf, restrictedAs } from '#fhir';
import { FhirStore } from '#fhir-store';
import type { ReadMessage } from '../../domain/bars/index.js';
import { directoryPlace, embed, type MessageLinks, refuseTooLarge, refuseTooMuch, sizeOf } from '../../domain/embed.js';
import { keptMessage, resourcesOf } from '../../domain/message-parts.js';
import { isOfPerson } from '../../domain/message-person.js';
import { ProviderDirectory } from '../provider-directory.js';

/** Of one resource, by which the directory is asked for it: nobody bears more. */
const identifiersAtMost = 20;

/** Where each resource of a message is found afterwards: here, in the directory, or inside those that need it. */
@Injectable()
export class LinkMessage {
  constructor(
    private readonly store: FhirStore,
    private readonly directory: ProviderDirectory,
  ) {}

  /** `ids` are those of what is stored or handed over. */
  async execute(message: ReadMessage, ids: ReadonlyMap<FhirResource, string>): Promise<MessageLinks> {
    const stored = new Map([...ids].map(([resource, id]) => [resource, `${resource.resourceType}/${id}`]));
    const person = [...ids.keys()].find((one) => one.resourceType === 'Patient');
    const foreign = new Set(resourcesOf(message).filter((one) => isCarried(one, message, person)));
    for (const resource of resourcesOf(message)) {
      if (!isOfDirectory(resource)) continue;
      const known = await this.#inDirectory(resource);
      if (known === undefined) foreign.add(resource);
      else stored.set(resource, known);
    }
    const resolve = (literal: string) => message.resolve({ reference: literal });
    const directory = await this.#namedOfDirectory(message);
    const links = { resolve, stored, foreign, directory, ...(person ? { person } : {}) };
    const holders = resourcesOf(message).filter((one) => !isOfDirectory(one));
    refuseTooMuch(message.bundle, holders, links);
    return links;
  }

  /** Directory resources of a message are matched by identifier; they never overwrite the directory's. */
  async #inDirectory(resource: FhirResource): Promise<string | undefined> {
    if (resource.resourceType !== 'HealthcareService' && resource.resourceType !== 'Organization') return undefined;
    for (const { system, value } of (resource.identifier ?? []).slice(0, identifiersAtMost)) {
      if (system === undefined || value === undefined) continue;
      const found = await this.directory.theOnlyWith(resource.resourceType, { system, value });
      if (found?.id !== undefined) return `${resource.resourceType}/${found.id}`;
    }
    return undefined;
  }

  /** What the message names by its id in the directory, as somebody does who searched there. */
  async #namedOfDirectory(message: ReadMessage): Promise<ReadonlySet<string>> {
    const literals = resourcesOf(message).flatMap((one) =>
      referencesIn(one).map(({ reference }) => reference.reference),
    );
    const places = new Set(literals.map((literal) => directoryPlace(literal ?? '')));
    const named = [...places].map(resourceIdOf).filter((id) => id !== undefined);
    const found = await this.store.readMany(named, publicAudience);
    return new Set(found.map(({ type, id }) => `${type}/${id}`));
  }
}

interface Settled {
  ids: ReadonlyMap<FhirResource, string>;
  links: MessageLinks;
  /** What is here already and the message speaks of: what it brings is no less restricted. */
  about?: FhirResource;
}

/** The message as it is kept, see keptMessage: as restricted as the most restricted that it holds or speaks of. */
export function keptAs(message: ReadMessage, id: string, settled: Settled): Bundle {
  const kept = keptMessage(message, id, (resource) => keptPart(resource, settled));
  refuseTooLarge(sizeOf(kept));
  const held = (kept.entry ?? []).map(({ resource }) => resource);
  return restrictedAs(kept, message.bundle, settled.about, ...held);
}

function keptPart(resource: FhirResource, { ids, links, about }: Settled): { settled: FhirResource; here: boolean } {
  const id = ids.get(resource);
  if (id !== undefined) return { settled: restrictedAs({ ...embed(resource, links), id }, about), here: true };
  return { settled: isOfDirectory(resource) ? resource : embed(resource, links), here: false };
}

/**
 * Of a type that nobody holds here, such as the Medication of a statement: it goes with what names it. A label would be lost
 * there, and what is about somebody else is nothing of this person's.
 */
function isCarried(resource: FhirResource, { resolve }: ReadMessage, patient: Patient | undefined): boolean {
  if (ownerOf(resource.resourceType) !== undefined || resource.resourceType === 'MessageHeader') return false;
  return patient !== undefined && !resource.meta?.security && isOfPerson(resource, { patient, resolve });
}

/** Of a type that is looked up there, and contains nothing of the message. */
function isOfDirectory({ resourceType }: FhirResource): boolean {
  return ownerOf(resourceType) === 'activity-directory';
}
