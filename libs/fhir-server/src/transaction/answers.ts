import { type Issue, operationOutcome } from '#fhir';
import type { Caller } from '#auth';
import type { Stored } from '#fhir-store';
import { entryOf } from '../interactions/bundle.js';
import { versionUrl } from '../interactions/stored-response.js';
import { etagOf, type Headers, preferOf } from '../headers.js';
import { isTold } from '../permission.js';
import type { PlannedEntry, PlannedPart } from './participant.js';

/** What an entry is answered, as JSON text. */
export interface EntryAnswer {
  at: number;
  text: string;
}

export interface Answering {
  baseUrl: string;
  /** Of the whole request: what it prefers holds for the entries. */
  headers: Headers;
  caller: Caller;
}

const phrases = { 200: 'OK', 201: 'Created', 204: 'No Content' } as const;

/** The answers to the writes, in any order. https://hl7.org/fhir/R4/http.html#transaction-response */
export function writeAnswers(
  plans: readonly PlannedPart[],
  stored: readonly Stored[],
  answering: Answering,
): EntryAnswer[] {
  const written = new Map(stored.map((one) => [nameOf(one), one]));
  const planned = new Map(plans.flatMap((plan) => plan.planned).map((one) => [nameOf(one), one]));
  return plans
    .flatMap((plan) => plan.entries)
    .map((entry) => {
      const name = entry.version && nameOf(entry.version);
      const now = name === undefined ? entry.current : written.get(name);
      if (now) return { at: entry.at, text: doneText(entry, now, answering) };
      const later = name === undefined ? undefined : planned.get(name);
      return { at: entry.at, text: later ? laterText(later, answering) : nothingText };
    });
}

/** A delete of what was not there. */
const nothingText = JSON.stringify({ response: { status: '204 No Content' } });

function doneText({ status }: PlannedEntry, stored: Stored, { baseUrl, headers, caller }: Answering): string {
  const wanted = preferOf(headers).return;
  const response = {
    status: `${String(status)} ${phrases[status]}`,
    ...(status === 204 ? {} : { location: versionUrl(baseUrl, stored) }),
    etag: etagOf(stored.version),
    lastModified: stored.lastUpdated.toISOString(),
    ...(wanted === 'OperationOutcome' ? { outcome: outcomeOf(status === 204 ? 'Deleted.' : 'Stored.') } : {}),
  };
  if (stored.deleted) return JSON.stringify({ response });
  const isShown = wanted === 'representation' && isTold(caller, { type: stored.type, status });
  return entryOf(baseUrl, isShown ? stored : { ...stored, content: '' }, { response });
}

/** Committed, and not yet applied by its owner. */
function laterText(planned: Stored, { baseUrl }: Answering): string {
  const diagnostics =
    'This is committed, and its owner writes it as soon as it answers again. Do not send it again; read it a little later.';
  const response = {
    status: '202 Accepted',
    ...(planned.deleted ? {} : { location: versionUrl(baseUrl, planned) }),
    etag: etagOf(planned.version),
    outcome: outcomeOf(diagnostics),
  };
  if (planned.deleted) return JSON.stringify({ response });
  return entryOf(baseUrl, { ...planned, content: '' }, { response });
}

function outcomeOf(diagnostics: string) {
  const issue: Issue = { severity: 'information', code: 'informational', diagnostics };
  return operationOutcome([issue]);
}

function nameOf({ type, id, version }: Pick<Stored, 'type' | 'id' | 'version'>): string {
  return `${type}/${id}/_history/${String(version)}`;
}
