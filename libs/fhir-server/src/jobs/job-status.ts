import type { Caller } from '#auth';
import { error, FhirError } from '#fhir';
import { answerEntry } from '../interactions/batch-answers.js';
import { bundleOf } from '../interactions/bundle.js';
import type { FhirRequest, FhirResponse } from '../operation.js';
import { refused } from '../refused.js';
import type { Route } from '../route.js';
import type { Serving } from '../serving.js';

/** A process that has been silent for so long does this job no more. */
export const silentMs = 15_000;

type JobRoute = Extract<Route, { interaction: 'job' | 'job-cancel' }>;

export function isOfJob(route: Route): route is JobRoute {
  return route.interaction === 'job' || route.interaction === 'job-cancel';
}

export function answerJob(route: JobRoute, request: FhirRequest, serving: Serving): Promise<FhirResponse> {
  return route.interaction === 'job' ? jobStatus(route, request, serving) : cancelJob(route, request);
}

/** How a job stands, or what came of it: a Bundle with one entry, which has the status and the answer. */
async function jobStatus(
  { served, job: id }: Extract<Route, { interaction: 'job' }>,
  { caller, now }: FhirRequest,
  serving: Serving,
): Promise<FhirResponse> {
  const job = isUuid(id) ? await served.face.store.jobs.find(id, ownerOf(caller)) : undefined;
  if (!job) throw unknownJob();
  const { answer, finished, alive, started } = job;
  if (answer !== undefined && finished) {
    const expires = new Date(finished.getTime() + serving.limits.jobSeconds * 1000).toUTCString();
    return { status: 200, content: answer, headers: { expires } };
  }
  if (now.getTime() - alive.getTime() > silentMs) return { status: 200, content: bundled(died, serving) };
  const seconds = Math.max(0, Math.round((now.getTime() - started.getTime()) / 1000));
  return { status: 202, headers: { 'x-progress': `At work for ${String(seconds)} s.`, 'retry-after': '1' } };
}

async function cancelJob(
  { served, job: id }: Extract<Route, { interaction: 'job-cancel' }>,
  { caller }: FhirRequest,
): Promise<FhirResponse> {
  if (!isUuid(id) || !(await served.face.store.jobs.cancel(id, ownerOf(caller)))) throw unknownJob();
  return { status: 202 };
}

export function bundled(answer: FhirResponse, serving: Serving): string {
  return bundleOf({ type: 'batch-response', entries: [answerEntry(answer, false, serving)] });
}

const died = refused({
  status: 503,
  issues: [error('transient', 'The process that worked on this ended before it was done; send the request again.')],
  headers: {},
});

/** Who asked, as whom he reads and what his scopes let him do: who comes with other rights is another one. */
export function ownerOf({ client, organisation = '', role, audience, scopes }: Caller): string {
  return JSON.stringify([
    client,
    role,
    organisation,
    [...audience].sort(),
    scopes ? [...new Set(scopes)].sort() : 'all',
  ]);
}

/** How the names of all begin who come as this client, with whatever rights. */
export function ownersOf({ client }: Caller): string {
  return `${JSON.stringify([client]).slice(0, -1)},`;
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

function unknownJob(): FhirError {
  return FhirError.of(
    'not-found',
    'There is no such job of yours: it was cancelled, or its answer was kept long enough.',
  );
}
