import { everyone, type FhirError, readerText } from '#fhir';
import type { DuplicateKey, FhirStore, Stored } from '#fhir-store';
import type { FhirRequest, FhirResponse } from '../operation.js';
import { isTold } from '../permission.js';
import type { Serving } from '../serving.js';
import { type AskedWrite, isConditional } from './asked-write.js';
import { conditionKey } from './conditional.js';
import { criteriaOf } from './conditional-criteria.js';
import { committedAfresh } from './overtaken.js';
import { planOf } from './plan.js';
import { type PlannedWrite, versionConflict } from './planned-write.js';
import { writtenOf, writtenResponse } from './stored-response.js';
import { Turns } from './turns.js';

/** Plans one write, commits it and answers. */
export async function perform(asked: AskedWrite, request: FhirRequest, serving: Serving): Promise<FhirResponse> {
  const { store } = asked.served.face;
  const condition = conditionOf(asked, request, serving);
  const { stored, status } = condition === undefined ? await commit() : await turnsOf(store).take(condition, inTurn);
  const isShown = isTold(request.caller, { type: asked.served.type, status });
  return writtenResponse(stored, { status, baseUrl: serving.baseUrl, headers: request.headers, isShown });

  /** Who waited while another made what both asked for has its answer without a question to the database. */
  function inTurn(before: Performed | undefined): Promise<Performed> {
    // What an update or patch left may meet the condition no longer.
    if (asked.interaction !== 'create' || before?.interaction !== 'create' || !before.stored) return commit();
    return Promise.resolve({ ...before, status: 200 });
  }

  async function commit(): Promise<Performed> {
    return { ...(await committed(asked, request, serving)), interaction: asked.interaction };
  }
}

interface Performed extends Pick<PlannedWrite, 'status'> {
  stored?: Stored;
  interaction: AskedWrite['interaction'];
}

/** What is done to whatever is there now may be overtaken again and again: each time one of the others is done. */
const patientPlans = 25;

async function committed(
  asked: AskedWrite,
  request: FhirRequest,
  serving: Serving,
): Promise<Omit<Performed, 'interaction'>> {
  const { store } = asked.served.face;
  const planning = { request, validator: serving.validator, seeking: serving, siblings: [] };
  const isPatient = isConditional(asked) || asked.interaction === 'patch' || asked.interaction === 'delete';
  return committedAfresh({
    ...(isPatient ? { atMost: patientPlans } : {}),
    plan: () => planOf(asked, planning),
    commit: async ({ writes, target, current, status }) => {
      if (writes.length === 0) return { status, ...(current ? { stored: current } : {}) };
      return {
        status,
        stored: writtenOf(await store.commit(writes, { ...request.act, onceAnswer: { status, target } }), target),
      };
    },
    beforeNext: ({ current }, overtaken) => refuseChanged(asked, { current, overtaken }),
  });
}

/**
 * Where only what is written beside the resource changed, or the client named no version of what it patches or deletes, the
 * same is done to what is there now. A client that replaces what it has read must read it again.
 */
async function refuseChanged(
  asked: AskedWrite,
  { current, overtaken }: { current: Stored | undefined; overtaken: FhirError | DuplicateKey },
): Promise<void> {
  if (asked.interaction === 'create') return;
  const { version } = asked.conditions;
  if (version === undefined && !replaces(asked, current)) return;
  const now = await nowAt(asked, current);
  if (now?.version === current?.version) return;
  throw version === undefined ? overtaken : versionConflict(overtaken);
}

/** True where what is there was read, and is to be put in the place of just that. */
function replaces(asked: AskedWrite, current: Stored | undefined): boolean {
  return asked.interaction === 'update' && !isConditional(asked) && current?.deleted === false;
}

/** Also what the caller may not see: an id that is taken is taken. */
async function nowAt({ served, ...asked }: AskedWrite, current: Stored | undefined): Promise<Stored | undefined> {
  const id = current?.id ?? ('place' in asked && 'id' in asked.place ? asked.place.id : undefined);
  return id === undefined ? undefined : served.face.store.read(served.type, id, everyone);
}

/** Of those who see the same: what one is answered, the next is. */
function conditionOf(asked: AskedWrite, request: FhirRequest, serving: Serving): string | undefined {
  if (!isConditional(asked)) return undefined;
  const parameters =
    asked.interaction === 'create' ? asked.ifNoneExist : 'criteria' in asked.place ? asked.place.criteria : undefined;
  const criteria = criteriaOf(asked.served.type, parameters ?? new URLSearchParams(), serving);
  return `${conditionKey(asked.served, criteria, request)}|${readerText(request.caller.audience)}`;
}

const turns = new WeakMap<FhirStore, Turns<Performed>>();

function turnsOf(store: FhirStore): Turns<Performed> {
  const known = turns.get(store) ?? new Turns<Performed>();
  turns.set(store, known);
  return known;
}
