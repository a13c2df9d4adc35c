import { randomUUID } from 'node:crypto';
import { error, FhirError } from '#fhir';
import type { Jobs } from '#fhir-store';
import { refusalOf } from '../errors.js';
import { type Presentation, presented } from '../formats/presentation.js';
import { preferOf } from '../headers.js';
import { isBatch } from '../interactions/batch.js';
import { interact } from '../interactions/interact.js';
import type { FhirRequest, FhirResponse } from '../operation.js';
import { refused } from '../refused.js';
import type { Route } from '../route.js';
import type { Serving } from '../serving.js';
import { bundled, ownerOf, ownersOf, silentMs } from './job-status.js';

const aliveEveryMs = 3_000;
/** Answers of one client that are kept: each may be long. */
const keptAnswers = 20;

type Answered = Exclude<Route, { interaction: 'capabilities' | 'openapi' | 'smart-configuration' }>;

/** What may be long, and changes nothing or can be read again: anything else is answered at once, whatever is preferred. */
export function mayBeLater(route: Route, { headers, resource }: FhirRequest): route is Answered {
  if (!preferOf(headers).async) return false;
  switch (route.interaction) {
    case 'search':
    case 'history-type':
    case 'history-system':
      return true;
    case 'transaction':
      return isBatch(resource);
    case 'operation':
      return !route.operation.definition.affectsState;
    default:
      return false;
  }
}

/** Begins the work and says where its answer will be. https://hl7.org/fhir/R4/async.html */
export async function answerLater(
  route: Answered,
  request: FhirRequest,
  { serving, shown }: { serving: Serving; shown: Presentation },
): Promise<FhirResponse> {
  const { jobs, type } = placeOf(route, serving);
  const { now, caller } = request;
  const { limits, baseUrl } = serving;
  const id = randomUUID();
  const job = { id, owner: ownerOf(caller), request: route.interaction, started: now };
  await jobs.forget(new Date(now.getTime() - limits.jobSeconds * 1000), { owner: job.owner, kept: keptAnswers });
  const aliveSince = new Date(now.getTime() - silentMs);
  if (!(await jobs.begin(job, { most: limits.jobs, of: ownersOf(caller), aliveSince }))) throw tooMany(limits.jobs);
  void work({ id, jobs, serving }, async () => {
    const answer = await interact(route, request, serving);
    return presented(answer, { format: 'json', pretty: false, subset: shown.subset });
  });
  return { status: 202, headers: { 'content-location': `${baseUrl}/${type}/_async/${id}`, 'retry-after': '1' } };
}

interface Begun {
  id: string;
  jobs: Jobs;
  serving: Serving;
}

async function work({ id, jobs, serving }: Begun, answer: () => Promise<FhirResponse>): Promise<void> {
  const beat = setInterval(() => {
    jobs.keepAlive(id, new Date()).catch(() => undefined);
  }, aliveEveryMs);
  beat.unref();
  try {
    await jobs.finish(id, bundled(await outcomeOf(answer, serving), serving), new Date());
  } catch (thrown) {
    // The database is away: the job is as one whose process died.
    serving.unexpected?.(refusalOf(thrown));
  } finally {
    clearInterval(beat);
  }
}

async function outcomeOf(answer: () => Promise<FhirResponse>, serving: Serving): Promise<FhirResponse> {
  try {
    return await answer();
  } catch (thrown) {
    const refusal = refusalOf(thrown);
    if (refusal.failure) serving.unexpected?.(refusal);
    return refused(refusal);
  }
}

/** Beside the service that owns what was asked for: its address leads to a process that knows of it. */
function placeOf(route: Answered, { faces }: Serving): { jobs: Jobs; type: string } {
  const named = 'served' in route ? route.served.type : 'type' in route ? (route.type ?? '') : '';
  const served = faces.typeNamed(named) ?? faces.types[0];
  if (!served) throw new Error('A server without types was asked for something.');
  return { jobs: served.face.store.jobs, type: served.type };
}

function tooMany(most: number): FhirError {
  const diagnostics = `You have ${String(most)} jobs on their way already; wait for one, or cancel it.`;
  return new FhirError([error('throttled', diagnostics)], { status: 429, headers: { 'retry-after': '5' } });
}
