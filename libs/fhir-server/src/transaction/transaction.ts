import type { Bundle, FhirResource } from 'fhir/r4';
import { everyone, FhirError, ownerOf, owners, serviceNames, type ServiceName } from '#fhir';
import type { DuplicateKey, FhirStore, Stored } from '#fhir-store';
import type { FhirRequest, FhirResponse } from '../operation.js';
import type { Serving } from '../serving.js';
import { answersTo } from '../interactions/batch.js';
import { answerEntry } from '../interactions/batch-answers.js';
import { bundleOf } from '../interactions/bundle.js';
import { bodyOf } from '../interactions/create.js';
import { committedAfresh } from '../interactions/overtaken.js';
import { refuseManyEntries } from '../limits.js';
import { refuseForbiddenEntries } from '../permission.js';
import { type EntryAnswer, writeAnswers } from './answers.js';
import { committedAcross } from './committed-across.js';
import { entriesOf } from './entries-of.js';
import { type IdentifiedEntry, isRead, type ReadEntry, type WriteEntry } from './entry.js';
import { identified, type Identifying } from './identities.js';
import type { OnBehalf, Part, Participant, PlannedPart } from './participant.js';
import { OtherMatch, planPart } from './plan-part.js';
import { resolved } from './references.js';
import { whilePassing } from './while-passing.js';

/** Writes of any owners, all or none, and then reads. https://hl7.org/fhir/R4/http.html#transaction */
export async function transaction(request: FhirRequest, serving: Serving): Promise<FhirResponse> {
  const bundle = bundleIn(request);
  refuseManyEntries(bundle.entry?.length ?? 0, serving.limits);
  const entries = entriesOf(bundle, readingOf(request, serving));
  refuseForbiddenEntries(request.caller, entries);
  const [reads, writes] = [entries.filter(isRead), entries.filter((entry) => !isRead(entry))];
  const committed = await commit(writes, { request, serving });
  const answers = [
    ...writeAnswers(committed.planned, committed.stored, { ...request, baseUrl: serving.baseUrl }),
    ...(await readAll(reads, { request, serving })),
  ];
  const inOrder = answers.sort((a, b) => a.at - b.at).map(({ text }) => text);
  const status = committed.waiting.length === 0 ? 200 : 202;
  return { status, content: bundleOf({ type: 'transaction-response', entries: inOrder }) };
}

interface Asked {
  request: FhirRequest;
  serving: Serving;
}

interface Done {
  planned: PlannedPart[];
  stored: Stored[];
  waiting: ServiceName[];
}

function bundleIn(request: FhirRequest): Bundle<FhirResource> {
  const bundle = bodyOf(request);
  if (bundle.resourceType === 'Bundle' && bundle.type === 'transaction') return bundle as Bundle<FhirResource>;
  throw FhirError.of('not-supported', 'A transaction is a Bundle of type transaction.', {
    expression: 'Bundle.type',
    status: 422,
  });
}

function readingOf({ headers }: FhirRequest, { faces, transactions }: Serving) {
  const reached = (type: string): ServiceName | undefined => {
    const owner = ownerOf(type);
    return owner !== undefined && transactions.participantOf(owner) ? owner : undefined;
  };
  return {
    ownerOf: (type: string) => faces.typeNamed(type)?.face.name ?? reached(type),
    types: serviceNames.flatMap((service) => owners[service]).filter((type) => reached(type)),
    headers,
  };
}

/** In one service of this process by one statement, otherwise by the agreement of all owners. */
async function commit(writes: readonly WriteEntry[], asked: Asked): Promise<Done> {
  const owners = new Set(writes.map(({ owner }) => owner));
  const [first] = writes;
  if (!first) return { planned: [], stored: [], waiting: [] };
  const face = asked.serving.faces.typeNamed(first.type)?.face;
  if (face && owners.size === 1) return committedHere(writes, asked);
  return committedAcross(writes, {
    identifying: identifyingOf(asked),
    transactions: asked.serving.transactions,
    partOf: (entries) => partOf(entries, asked),
  });
}

async function committedHere(writes: readonly WriteEntry[], asked: Asked): Promise<Done> {
  const { request, serving } = asked;
  const { faces, validator } = serving;
  const store = faces.typeNamed(writes[0]?.type ?? '')?.face.store;
  if (!store) throw new Error('A transaction of no service here was to be committed here.');
  const planning = {
    servedType: faces.typeNamed.bind(faces),
    validator,
    seeking: serving,
    newId: request.newId,
  };
  const steps = {
    atMost: writes.some(isConditional) ? conditionalPlans : 4,
    plan: async (): Promise<Planned> => {
      const entries = await resolved(await identified(writes, identifyingOf(asked)), identifyingOf(asked));
      return { entries, plan: await planPart(partOf(entries, asked), planning) };
    },
    commit: async ({ plan }: Planned): Promise<Done> => {
      const stored = plan.writes.length === 0 ? [] : await store.commit(plan.writes, request.act);
      return { planned: [plan], stored, waiting: [] };
    },
    beforeNext: (planned: Planned, overtaken: FhirError | DuplicateKey) => refuseChanged(planned, store, overtaken),
  };
  return whilePassing(
    conditionalPlans,
    () => committedAfresh(steps),
    (thrown) => thrown instanceof OtherMatch,
  );
}

interface Planned {
  entries: readonly IdentifiedEntry[];
  plan: Awaited<ReturnType<typeof planPart>>;
}

function isConditional(entry: WriteEntry): boolean {
  return 'ifNoneExist' in entry || ('address' in entry && 'criteria' in entry.address);
}

/** Others may win the race for a condition again and again; each time one of them is done. */
const conditionalPlans = 25;

/** A client that replaces what it has read must read it again; what changed only beside it is planned anew. */
async function refuseChanged(
  { entries, plan }: Planned,
  store: FhirStore,
  overtaken: FhirError | DuplicateKey,
): Promise<void> {
  for (const entry of entries.filter(isBoundToVersion)) {
    const current = plan.entries.find(({ at }) => at === entry.at)?.current;
    const now = current && (await store.read(current.type, current.id, everyone));
    if (now?.version !== current?.version) throw changed(entry, overtaken);
  }
}

function isBoundToVersion(entry: IdentifiedEntry): boolean {
  return entry.interaction !== 'create' && (entry.interaction === 'update' || entry.conditions.version !== undefined);
}

function changed(entry: IdentifiedEntry, cause: unknown): FhirError {
  const version = 'conditions' in entry ? entry.conditions.version : undefined;
  const diagnostics = 'Another request changed this resource meanwhile. Read it again and send its ETag.';
  return FhirError.of('conflict', diagnostics, {
    expression: entry.place,
    status: version === undefined ? 409 : 412,
    cause,
  });
}

/** Rules are told what will be written: a body that was sent for what is there already would speak in its place. */
function partOf(entries: readonly IdentifiedEntry[], { request: { caller, act, now } }: Asked): Part {
  const resources = entries.flatMap((entry) => {
    if (!('resource' in entry) || entry.interaction === 'patch' || entry.isThere === true) return [];
    const resource: FhirResource = { ...entry.resource, ...(entry.id === undefined ? {} : { id: entry.id }) };
    return [{ at: entry.at, resource }];
  });
  return { caller, act, now, entries, resources, planned: [] };
}

function identifyingOf({ request, serving }: Asked): Identifying {
  const { caller, act, now, newId } = request;
  const behalf: OnBehalf = { caller, act, now };
  return { participantOf: ({ owner }) => participantOf(owner, serving), behalf, newId };
}

function participantOf(owner: ServiceName, { transactions }: Serving): Participant {
  const participant = transactions.participantOf(owner);
  if (participant) return participant;
  throw FhirError.of('not-supported', `The types of ${owner} are not served here.`);
}

/** Against what is written now; a read that fails does not take back what is committed. */
async function readAll(reads: readonly ReadEntry[], { request, serving }: Asked): Promise<EntryAnswer[]> {
  const { caller, act, now, headers } = request;
  const prefer = headers['prefer'] === undefined ? {} : { prefer: headers['prefer'] };
  const asked = reads.map(({ type, owner, url, head, ...entry }) => {
    const inner = { url, headers: { ...prefer, ...entry.headers }, caller, act, now };
    return { inner, head, ...(serving.faces.typeNamed(type) ? {} : { owner }) };
  });
  const answers = await answersTo(asked, request, serving);
  return answers.map((answer, turn) => ({
    at: reads[turn]?.at ?? 0,
    text: answerEntry(answer, asked[turn]?.head ?? false, serving),
  }));
}
