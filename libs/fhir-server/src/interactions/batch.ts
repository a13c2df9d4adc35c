import type { Bundle, FhirResource } from 'fhir/r4';
import { error, type Issue, type ServiceName } from '#fhir';
import type { InnerRequest } from '../inner-request.js';
import { refuseManyEntries } from '../limits.js';
import type { FhirRequest, FhirResponse } from '../operation.js';
import { refused } from '../refused.js';
import type { Serving } from '../serving.js';
import { AnswerRoom } from './answer-room.js';
import { answerEntry } from './batch-answers.js';
import { type Asked, askedBy } from './batch-entries.js';
import { bundleOf } from './bundle.js';

/** Requests that do not know of each other, answered in their order. https://hl7.org/fhir/R4/http.html#transaction */
export async function batch(
  bundle: Bundle<FhirResource>,
  request: FhirRequest,
  serving: Serving,
): Promise<FhirResponse> {
  const sent = bundle.entry ?? [];
  refuseManyEntries(sent.length, serving.limits);
  const asked = sent.map((entry, at) => askedBy(entry, { at, request, serving }));
  const answers = await answersTo(asked, request, serving);
  const entries = answers.map((answer, at) => answerEntry(answer, asked[at]?.head ?? false, serving));
  return { status: 200, content: bundleOf({ type: 'batch-response', entries }) };
}

export function isBatch(resource: FhirResource | undefined): resource is Bundle<FhirResource> {
  return resource?.resourceType === 'Bundle' && resource.type === 'batch';
}

const atOnce = 4;
/** An answer is one message of the broker. */
const askedAtOnce = 25;

/** The answers in the order of the entries, whoever owns what they ask for. */
export async function answersTo(
  asked: readonly Asked[],
  request: FhirRequest,
  serving: Serving,
): Promise<FhirResponse[]> {
  const answers: FhirResponse[] = asked.map(({ refusal }) => refusal ?? unanswered);
  const room = new AnswerRoom(serving.limits);
  const own = asked.flatMap(({ inner, owner }, at) => (inner && owner === undefined ? [{ inner, at }] : []));
  const owners = new Set(asked.flatMap(({ owner }) => owner ?? []));
  await Promise.all([
    ...Array.from({ length: atOnce }, async (_, lane) => {
      for (const { inner, at } of own.filter((_one, turn) => turn % atOnce === lane))
        answers[at] = room.refusalOf(inner) ?? room.kept(await serving.answer(inner), inner);
    }),
    ...[...owners].map(async (owner) => {
      const theirs = asked.flatMap(({ inner, owner: other }, at) => (inner && other === owner ? [{ inner, at }] : []));
      for (let from = 0; from < theirs.length; from += askedAtOnce) {
        const some = theirs.slice(from, from + askedAtOnce);
        const given = await answersOf(
          owner,
          some.map(({ inner }) => inner),
          serving,
        );
        some.forEach(({ inner, at }, turn) => (answers[at] = room.kept(given[turn] ?? unanswered, inner)));
      }
    }),
  ]);
  return answers;
}

async function answersOf(
  owner: ServiceName,
  inners: readonly InnerRequest[],
  serving: Serving,
): Promise<FhirResponse[]> {
  const { askOwner } = serving;
  if (!askOwner) return inners.map(() => refused({ status: 501, issues: [elsewhere], headers: {} }));
  try {
    return await askOwner(owner, inners);
  } catch {
    // Whether it was done is not known: a write may have been.
    return inners.map(() => unanswered);
  }
}

const elsewhere: Issue = error('not-supported', 'This type is served by another process; send the request on its own.');

const unanswered: FhirResponse = refused({
  status: 503,
  issues: [
    error(
      'transient',
      'The service that owns this type did not answer in time. A read can be sent again; whether a write was done must be read first.',
    ),
  ],
  headers: {},
});
