import { setTimeout as sleep } from 'node:timers/promises';
import { FhirError, type ServiceName } from '#fhir';
import { type Act, type FhirStore, type OnceRecord, onceRecordOf, type Stored } from '#fhir-store';
import type { ServiceFace } from '../faces.js';
import type { OnBehalf, Participant, Part, PlannedPart } from './participant.js';
import type { Transactions } from './transactions.js';

export interface Coordination {
  /** Id of the transaction. */
  transaction: string;
  /** The parts by their owners. */
  parts: ReadonlyMap<ServiceName, Pick<Part, 'entries'>>;
  resources: Part['resources'];
  behalf: OnBehalf;
}

/** What came of a transaction that is committed. */
export interface Committed {
  planned: PlannedPart[];
  /** What is written by now. */
  stored: Stored[];
  /** Owners that have not answered yet; they will be asked until they do. */
  waiting: ServiceName[];
}

/**
 * A transaction across services: every owner sets aside what it needs, then this one decides in one commit with its own part,
 * then every owner applies. docs/decisions/0019-transactions-across-services.md says why it ends whole or not at all.
 */
export async function coordinate(coordination: Coordination, transactions: Transactions): Promise<Committed> {
  const { transaction } = coordination;
  const { checkpoint } = transactions;
  const face = transactions.coordinator();
  const owners = inOneOrder([...coordination.parts.keys()]);
  const others = owners.filter((owner) => owner !== face.name);
  checkpoint('before the reservations');
  const { planned, own } = await decided({ coordination, transactions, face, owners, others });
  checkpoint('after the decision');
  // It is committed: nothing that fails from here on may be told as a refusal, or let go what is reserved.
  const applied = await applyAll(others, transaction, transactions);
  if (applied.waiting.length === 0) await face.store.decisions.settle(transaction).catch(() => undefined);
  checkpoint('after the settlement');
  return { planned, stored: [...own, ...applied.stored], waiting: applied.waiting };
}

interface Deciding {
  coordination: Coordination;
  transactions: Transactions;
  face: ServiceFace;
  owners: readonly ServiceName[];
  /** Those that are not the coordinator. */
  others: ServiceName[];
}

/** Committed; or thrown, with everything let go. */
async function decided(deciding: Deciding): Promise<{ planned: PlannedPart[]; own: Stored[] }> {
  const { coordination, transactions, face, owners, others } = deciding;
  const { transaction } = coordination;
  const asked: ServiceName[] = [];
  try {
    const planned = await reserve(asked, deciding);
    transactions.checkpoint('before the decision');
    const hasOwn = others.length < owners.length;
    const { once } = coordination.behalf.act;
    const made = planned.flatMap((part) => part.planned);
    const answered = once && onceRecordOf(once, made);
    const own = await decide(face.store, { transaction, participants: others, hasOwn, once: answered });
    if (once) once.isWritten = true;
    return { planned, own };
  } catch (thrown) {
    if (thrown instanceof Undecided) throw thrown.refusal;
    await release(asked, transaction, transactions);
    throw thrown;
  }
}

/**
 * All that want the same owners ask them in this order, so that of two that meet one goes on. It is also the order in which
 * their resources hang on each other: a referral on the directory, answers on a referral.
 */
const order: readonly ServiceName[] = ['activity-directory', 'referral', 'questionnaire', 'outcomes', 'subscriptions'];

function inOneOrder(owners: readonly ServiceName[]): ServiceName[] {
  return order.filter((owner) => owners.includes(owner));
}

async function reserve(
  asked: ServiceName[],
  { coordination, transactions, face, owners }: Deciding,
): Promise<PlannedPart[]> {
  const { transaction, parts, resources, behalf } = coordination;
  const act = withoutKey(behalf.act);
  const plans: PlannedPart[] = [];
  for (const owner of owners) {
    const { entries = [] } = parts.get(owner) ?? {};
    const planned = plans.flatMap((plan) => plan.planned);
    // It may come to hold something even when its answer is lost.
    asked.push(owner);
    const part = { transaction, coordinator: face.name, entries, resources, planned, ...behalf, act };
    plans.push(await participantOf(owner, transactions).reserve(part));
    transactions.checkpoint(`after the reservation of ${owner}`);
  }
  return plans;
}

/** The decision alone bears the request's key. */
function withoutKey(act: Act): Act {
  const { once, ...rest } = act;
  return once ? rest : act;
}

/** It cannot be told now whether the transaction was committed: whoever has set something aside will ask. */
class Undecided extends Error {
  readonly refusal: FhirError;

  constructor(cause: unknown) {
    super('It is not known whether a transaction was committed.', { cause });
    const diagnostics =
      'The database did not answer, and whether this transaction was committed is not known: ' +
      'it was, whole, or it was not at all. Read one of its resources before you send it again.';
    this.refusal = FhirError.of('transient', diagnostics, { cause });
  }
}

interface ToDecide {
  transaction: string;
  participants: ServiceName[];
  hasOwn: boolean;
  /** The request that it answers, where it may come again. */
  once: OnceRecord | undefined;
}

/** From here on it is committed, or it never will be. */
async function decide(
  { decisions, reservations }: FhirStore,
  { transaction, participants, hasOwn, once }: ToDecide,
): Promise<Stored[]> {
  try {
    return await decisions.commit({ transaction, participants, once }, (session) =>
      hasOwn ? reservations.apply(transaction, session) : Promise.resolve([]),
    );
  } catch (thrown) {
    const decision = await decisions.decide(transaction).catch((cause: unknown) => {
      throw new Undecided(cause);
    });
    if (decision === 'aborted') throw thrown;
    // The commit went through, and its answer was lost.
    return hasOwn ? reservations.apply(transaction) : [];
  }
}

/** Asks each owner until it has applied its part, or the caller has waited long enough. */
async function applyAll(
  owners: readonly ServiceName[],
  transaction: string,
  transactions: Transactions,
): Promise<Pick<Committed, 'stored' | 'waiting'>> {
  const end = Date.now() + transactions.patienceMs;
  const applied = await Promise.all(owners.map((owner) => applyOne(owner, { transaction, transactions, end })));
  return {
    stored: applied.flatMap((stored) => stored ?? []),
    waiting: owners.filter((_owner, at) => applied[at] === undefined),
  };
}

async function applyOne(
  owner: ServiceName,
  { transaction, transactions, end }: { transaction: string; transactions: Transactions; end: number },
): Promise<Stored[] | undefined> {
  for (let wait = 50; ; wait = Math.min(wait * 2, 1_000)) {
    try {
      const stored = await participantOf(owner, transactions).apply(transaction);
      transactions.checkpoint(`after the application by ${owner}`);
      return stored;
    } catch {
      // Committed is committed: who does not answer is asked again, here and later by the recovery.
      if (Date.now() + wait > end) return undefined;
      await sleep(wait);
    }
  }
}

/** Who does not hear it asks for the decision itself, and is told that there is none. */
async function release(asked: readonly ServiceName[], transaction: string, transactions: Transactions): Promise<void> {
  await Promise.allSettled(asked.map((owner) => participantOf(owner, transactions).release(transaction)));
}

function participantOf(owner: ServiceName, { participantOf: find }: Transactions): Participant {
  const participant: Participant | undefined = find(owner);
  if (participant) return participant;
  throw FhirError.of('transient', `The ${owner} service is not reached from here.`);
}
