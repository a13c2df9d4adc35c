import { ownerOf, owners, type ServiceName } from '#fhir';
import type { FhirStore } from '#fhir-store';
import type { ServedMessages } from './definitions/served-messages.js';
import type { Operation } from './operation.js';
import type { ResourceWrites } from './resource-writes.js';
import type { AskStoredCodes } from './search/stored-codes.js';

/** What one service shows to callers: the types that it owns, who may write them, and its operations. */
export interface ServiceFace {
  name: ServiceName;
  store: FhirStore;
  writes: readonly ResourceWrites[];
  operations: readonly Operation[];
  /** Of the service that stores value sets and code systems. */
  storedCodes?: AskStoredCodes;
  /** Of the service that takes messages. */
  messages?: ServedMessages;
}

/** A resource type that is served here. */
export interface ServedType {
  type: string;
  face: ServiceFace;
  /** Absent for a type that clients only read. */
  writes?: ResourceWrites;
}

export type OperationLevel = 'system' | 'type' | 'instance';

/** All that the services of this process serve together. What two of them claim stops the start. */
export class Faces {
  readonly #types = new Map<string, ServedType>();
  readonly #routes = new Map<string, Operation>();
  readonly #operations: Operation[] = [];
  #messages: ServedMessages | undefined;
  readonly #faceOf = new Map<Operation, ServiceFace>();

  add(face: ServiceFace): void {
    for (const type of owners[face.name].filter((owned) => face.store.holds(owned))) this.#serve({ type, face });
    for (const writes of face.writes) this.#allow(writes, face);
    this.#messages ??= face.messages;
    for (const operation of face.operations) {
      this.#route(operation);
      this.#faceOf.set(operation, face);
    }
  }

  /** An operation of the server itself, not of one service; where none of its types is served, there is none. */
  offer(operation: Operation): void {
    const { system, types } = operation.definition;
    if (system || types.length > 0) this.#route(operation);
  }

  get types(): ServedType[] {
    return [...this.#types.values()];
  }

  get operations(): readonly Operation[] {
    return this.#operations;
  }

  /** What is taken and sent as messages, where a service of this process does that. */
  get messages(): ServedMessages | undefined {
    return this.#messages;
  }

  typeNamed(type: string): ServedType | undefined {
    return this.#types.get(type);
  }

  /** The operation of `/$code`, `/Type/$code` or `/Type/:id/$code`. */
  operationAt(level: OperationLevel, code: string, type = ''): Operation | undefined {
    return this.#routes.get(routeName(level, code, type));
  }

  /** The service whose operation it is; undefined for one of the server itself. */
  faceOf(operation: Operation): ServiceFace | undefined {
    return this.#faceOf.get(operation);
  }

  /** True for the last segment (`$code`) of an operation that answers errors as the Booking and Referral Standard does. */
  speaksBars(segment: string): boolean {
    if (!segment.startsWith('$')) return false;
    return this.#operations.some(({ definition }) => `$${definition.code}` === segment && definition.bars === true);
  }

  #serve(served: ServedType): void {
    const other = this.#types.get(served.type);
    if (other) throw new Error(`${served.type} is served twice: by ${other.face.name} and by ${served.face.name}.`);
    this.#types.set(served.type, served);
  }

  #allow(writes: ResourceWrites, face: ServiceFace): void {
    const { type } = writes;
    const owner = ownerOf(type);
    if (owner !== face.name) {
      throw new Error(`${face.name} may not write ${type}: its owner is ${owner ?? 'nobody'} in the table of owners.`);
    }
    const served = this.#types.get(type);
    if (!served) throw new Error(`${face.name} writes ${type}, but its store does not hold it.`);
    if (served.writes) throw new Error(`${face.name} has two ResourceWrites for ${type}.`);
    this.#types.set(type, { ...served, writes });
  }

  #route(operation: Operation): void {
    const { code, system, types, instance, type: atType = true } = operation.definition;
    const routes = [
      ...(system ? [routeName('system', code, '')] : []),
      ...(atType ? types.map((type) => routeName('type', code, type)) : []),
      ...(instance ? types.map((type) => routeName('instance', code, type)) : []),
    ];
    if (routes.length === 0) throw new Error(`The operation $${code} has no route.`);
    for (const route of routes) {
      if (this.#routes.has(route)) throw new Error(`The operation ${route} is served twice.`);
      this.#routes.set(route, operation);
    }
    this.#operations.push(operation);
  }
}

function routeName(level: OperationLevel, code: string, type: string): string {
  return { system: `/$${code}`, type: `/${type}/$${code}`, instance: `/${type}/:id/$${code}` }[level];
}
