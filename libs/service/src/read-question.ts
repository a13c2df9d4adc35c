import { Controller, type Type } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { z } from 'zod';
import { type Audience, FhirError, ownerOf, type ResourceId, type ServiceName } from '#fhir';
import { FhirStore, type Stored } from '#fhir-store';
import { questionPattern, type Questions } from '#messaging';

const question = 'read';
const asked = z.object({
  /** With a version: that one, also where it is not the current one any more. */
  ids: z.array(z.object({ type: z.string(), id: z.string(), version: z.int().positive().optional() })).max(1000),
  reader: z.array(z.string()),
  /** So many bytes of content, in the order of the ids; what does not fit comes without. The first one fits, unless it is 0. */
  contentAtMost: z.int().nonnegative().optional(),
});
/** Resources as they come in an answer. */
export const storedList = z.array(
  z.object({
    type: z.string(),
    id: z.string(),
    version: z.number(),
    lastUpdated: z.coerce.date(),
    audience: z.array(z.string()),
    deleted: z.boolean(),
    content: z.string(),
  }),
);

/** Answers other services' question for resources of this one, with the reader's audience and no other. */
export function readQuestion(service: ServiceName): Type {
  @Controller()
  class ReadQuestion {
    constructor(private readonly store: FhirStore) {}

    @MessagePattern(questionPattern(service, question))
    async answer(payload: unknown): Promise<Stored[]> {
      const { ids, reader, contentAtMost } = asked.parse(payload);
      const current = ids.filter(({ version }) => version === undefined);
      const versions = ids.flatMap(({ type, id, version }) => (version === undefined ? [] : [{ type, id, version }]));
      const found = await Promise.all(
        versions.map(({ type, id, version }) => this.store.readVersion(type, id, version, reader)),
      );
      const all = [...(await this.store.readMany(current, reader)), ...found.filter((one) => one !== undefined)];
      return contentAtMost === undefined ? all : fitting(inOrder(all, ids), contentAtMost);
    }
  }
  return ReadQuestion;
}

function inOrder(found: readonly Stored[], ids: readonly ResourceId[]): Stored[] {
  const places = new Map(ids.map(({ type, id }, at) => [`${type}/${id}`, at]));
  const placeOf = ({ type, id }: Stored): number => places.get(`${type}/${id}`) ?? 0;
  return found.toSorted((a, b) => placeOf(a) - placeOf(b));
}

function fitting(found: readonly Stored[], atMost: number): Stored[] {
  let bytes = 0;
  return found.map((one, at) => {
    bytes += Buffer.byteLength(one.content);
    return bytes <= atMost || (at === 0 && atMost > 0) ? one : { ...one, content: '' };
  });
}

/** Asks each owner once for all of its resources among these. An owner that does not answer fails the whole: no silent gaps. */
export function resolveAcross(
  questions: Questions,
): (ids: ResourceId[], reader: Audience, contentAtMost?: number) => Promise<Stored[]> {
  return async (ids, reader, contentAtMost) => {
    const owners = new Map<ServiceName, ResourceId[]>();
    for (const id of ids) {
      const owner = ownerOf(id.type);
      if (owner !== undefined) owners.set(owner, [...(owners.get(owner) ?? []), id]);
    }
    const found = await Promise.all(
      [...owners].map(([owner, some]) => askOwner(questions, owner, { ids: some, reader, contentAtMost })),
    );
    return found.flat();
  };
}

/** Asks one service for resources of its store. */
export async function askOwner(
  questions: Questions,
  owner: ServiceName,
  payload: { ids: (ResourceId & { version?: number })[]; reader: Audience; contentAtMost?: number | undefined },
): Promise<Stored[]> {
  try {
    return storedList.parse(await questions.ask(owner, question, payload));
  } catch (cause) {
    throw FhirError.of('transient', `The ${owner} service does not answer just now; try again.`, { cause });
  }
}
