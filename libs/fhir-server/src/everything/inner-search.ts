import type { Bundle, FhirResource } from 'fhir/r4';
import { FhirError, ownerOf, parseJson, type ServiceName } from '#fhir';
import type { InnerRequest } from '../inner-request.js';
import type { FhirRequest, FhirResponse } from '../operation.js';
import type { Serving } from '../serving.js';

/** What one search found, and its next page. */
export interface Found {
  resources: FhirResource[];
  cursor?: string;
}

/**
 * Answers searches as if the caller had sent each: those of this process one after another, and each other owner's by one
 * question. One that is not answered fails the whole: no silent gaps.
 */
export async function searchAll(urls: readonly string[], request: FhirRequest, serving: Serving): Promise<Found[]> {
  const { caller, act, now } = request;
  const inner = urls.map((url): InnerRequest => ({ url, headers: {}, caller, act, now }));
  const groups = new Map<ServiceName | undefined, number[]>();
  inner.forEach(({ url }, at) => {
    const owner = strangerOf(url, serving);
    groups.set(owner, [...(groups.get(owner) ?? []), at]);
  });
  const answers: FhirResponse[] = [];
  await Promise.all(
    [...groups].map(async ([owner, places]) => {
      const asked = places.flatMap((at) => inner[at] ?? []);
      const given = owner === undefined ? await here(asked, serving) : await serving.askOwner?.(owner, asked);
      places.forEach((at, turn) => {
        const answer = given?.[turn];
        if (answer) answers[at] = answer;
      });
    }),
  );
  return urls.map((_, at) => foundIn(answers[at]));
}

/** True where somebody answers for this type: here, or in another process that can be asked. */
export function isReachable(type: string, { faces, askOwner }: Serving): boolean {
  return faces.typeNamed(type) !== undefined || (askOwner !== undefined && ownerOf(type) !== undefined);
}

async function here(asked: readonly InnerRequest[], serving: Serving): Promise<FhirResponse[]> {
  const answers: FhirResponse[] = [];
  for (const inner of asked) answers.push(await serving.answer(inner));
  return answers;
}

function strangerOf(url: string, { faces }: Serving): ServiceName | undefined {
  const type = /^[A-Za-z]+/.exec(url)?.[0] ?? '';
  return faces.typeNamed(type) ? undefined : ownerOf(type);
}

function foundIn(answer: FhirResponse | undefined): Found {
  if (answer?.status !== 200 || answer.content === undefined) {
    throw FhirError.of('transient', 'A service did not tell its part of everything; try again.');
  }
  const { entry = [], link = [] } = parseJson(answer.content, { maxDepth: 1_000 }) as Bundle<FhirResource>;
  const next = link.find(({ relation }) => relation === 'next')?.url;
  const cursor = next === undefined ? null : new URL(next).searchParams.get('_cursor');
  const resources = entry.flatMap(({ resource }) => (resource ? [resource] : []));
  return { resources, ...(cursor === null ? {} : { cursor }) };
}
