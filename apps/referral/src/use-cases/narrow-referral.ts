import { Injectable } from '@nestjs/common';
import type { FhirResource, Task } from 'fhir/r4';
import { sharedEventType } from '#events';
import { type Audience, audienceOf, everyone, idIn, organisationsOf, parseJson, type ResourceId } from '#fhir';
import { FhirStore, type Stored, type Write } from '#fhir-store';
import { placeOf, placeOfResource } from '../domain/riding.js';
import { isOpen } from '../domain/state-before.js';
import { RidingRecords } from './riding-records.js';
import { ReferralTasks, type StoredTask } from './referral-tasks.js';
import { ShareReferral } from './share-referral.js';

/** A referral's Task with its parts as they will be, and who is asked beside them. */
export interface MovedReferral {
  parent: Task;
  parts: readonly Task[];
  /** Organisations of the part that is added. */
  joining?: Audience;
  /** Organisations of the other parts that the same transaction adds. */
  beside?: Audience;
}

/**
 * A referral goes on without a provider that said no: what that one wrote and could see stays readable to it, and nothing
 * that comes after. So what it shares with the others gets a version that it does not see; the versions before stay.
 */
@Injectable()
export class NarrowReferral {
  constructor(
    private readonly store: FhirStore,
    private readonly tasks: ReferralTasks,
    private readonly shareReferral: ShareReferral,
    private readonly ridingRecords: RidingRecords,
  ) {}

  /** Providers of whom no part is left, once there is another that goes on; those who were asked by mistake at once. */
  left({ parts, joining = [], beside = [] }: MovedReferral): Audience {
    const ownersOf = (some: readonly Task[]) => audienceOf(...some.map(({ owner }) => idIn(owner, 'Organization')));
    const staying = [...ownersOf(parts.filter((part) => !isRefused(part))), ...joining, ...beside];
    const goesOn = joining.length > 0 || parts.some(isOpen);
    const refused = goesOn ? ownersOf(parts.filter(isRefused)).filter((owner) => !staying.includes(owner)) : [];
    // What was sent by mistake is for nobody who got it, whether it goes on or not.
    const others = ownersOf(parts.filter((part) => !isMistake(part)));
    const mistaken = ownersOf(parts.filter(isMistake)).filter(
      (owner) => ![...others, ...joining, ...beside].includes(owner),
    );
    return audienceOf(...refused, ...mistaken);
  }

  /** Shows to the one who joins what is shared, and no more to those who left; `rewritten` says what is written anyway. */
  async shared(
    moved: MovedReferral,
    sharing: Parameters<ShareReferral['execute']>[1],
    rewritten: readonly Write[] = [],
  ): Promise<Write[]> {
    const shares = await this.shareReferral.execute(moved.parent, sharing);
    const own = shares.filter((share) => !rewritten.some((write) => isSame(share, write)));
    const others = rewritten.map((write) => {
      const share = shares.find((one) => isSame(one, write));
      return share ? { ...write, audience: share.audience } : write;
    });
    return this.execute(moved, [...own, ...others]);
  }

  /** The new versions of what is shared, but for the referral's own Task; `rewritten` says what is written anyway. */
  async execute(moved: MovedReferral, rewritten: readonly Write[] = []): Promise<Write[]> {
    const left = this.left(moved);
    if (left.length === 0) return [...rewritten];
    const { parent } = moved;
    const leaving = await this.#leaving(parent, left);
    const request = idIn(parent.focus, 'ServiceRequest');
    const asked = request === undefined ? [] : (await this.tasks.basedOn(request)).filter(({ task }) => isOpen(task));
    const shared = [...asked.map(({ stored }) => stored), ...(await this.sharedBy(parent))];
    const writes = await this.#withdrawn(shared, leaving);
    const others = await inTurn(rewritten, async (write) => without(write, await leaving(idOf(write))));
    return [...others, ...writes.filter((write) => !rewritten.some((other) => isSame(other, write)))];
  }

  /** New versions of records that hang on a referral, for those who see it no more. */
  async withdrawn(records: readonly Stored[], { parent, left }: { parent: Task; left: Audience }): Promise<Write[]> {
    return this.#withdrawn(records, await this.#leaving(parent, left));
  }

  async #withdrawn(records: readonly Stored[], leaving: Leaving): Promise<Write[]> {
    const writes = await inTurn(records, async (stored) => narrowed(stored, await leaving(stored)));
    return writes.flat();
  }

  /** What a referral shows to its providers beside its Tasks, as it is now. */
  async sharedBy(parent: Task): Promise<Stored[]> {
    const own = await this.#read('ServiceRequest', idIn(parent.focus, 'ServiceRequest'));
    return [own, ...(await this.#records(parent))].filter((one) => one !== undefined);
  }

  /** What others than this organisation hung on the referral and its parts. */
  async hungByOthers(parent: Task, organisation: string): Promise<Stored[]> {
    const [person, request] = [idIn(parent.for, 'Patient'), idIn(parent.focus, 'ServiceRequest')];
    if (person === undefined || request === undefined) return [];
    const parts = await this.tasks.partsOf(parent.id ?? '');
    const tasks = [parent, ...parts.map(({ task }) => task)].map(placeOfResource);
    const places = [...tasks, placeOf({ type: 'ServiceRequest', id: request })];
    const hanging = await this.ridingRecords.of(person, { places, reader: everyone });
    const others = await inTurn(hanging, async (one) => {
      const author = await this.store.authorOf(one.type, one.id);
      return author === organisation ? [] : [one];
    });
    return others.flat();
  }

  async #records(parent: Task): Promise<(Stored | undefined)[]> {
    return [await this.#read('Patient', idIn(parent.for, 'Patient')), ...(await this.shareReferral.sharedWith(parent))];
  }

  /** Who of them sees a record no more: neither who made it itself, nor who knows the person by another referral that shows it. */
  async #leaving(parent: Task, organisations: Audience): Promise<Leaving> {
    const patient = idIn(parent.for, 'Patient');
    const parts = patient === undefined ? [] : await this.tasks.partsAbout(patient);
    const shown = new Map<string, Set<string>>();
    for (const { task } of parts) {
      const owner = idIn(task.owner, 'Organization') ?? '';
      if (!organisations.includes(owner) || isRefused(task) || idIn(task.partOf?.[0], 'Task') === parent.id) continue;
      const other = await this.tasks.parentOf(task);
      const places = other ? (await this.sharedBy(other.task)).map(placeOf) : [];
      shown.set(owner, new Set([...(shown.get(owner) ?? []), ...places]));
    }
    return async ({ type, id }) => {
      if (['ServiceRequest', 'Task'].includes(type)) return organisations;
      const left = organisations.filter((one) => shown.get(one)?.has(placeOf({ type, id })) !== true);
      const author = left.length > 0 && id !== '' ? await this.store.authorOf(type, id) : undefined;
      return left.filter((one) => one !== author);
    };
  }

  async #read(type: string, id: string | undefined): Promise<Stored | undefined> {
    return id === undefined ? undefined : this.store.read(type, id, everyone);
  }
}

/** The parent as it is written when these organisations leave. */
export function parentAudience(
  { stored }: StoredTask,
  { joining, left }: { joining: Audience; left: Audience },
): Audience {
  return audienceOf(...organisationsOf(stored.audience), ...joining).filter((one) => !left.includes(one));
}

type Leaving = (id: ResourceId) => Promise<Audience>;

/** What is new, such as a Provenance, may have none yet. */
function idOf(write: Write): ResourceId {
  if (write.interaction === 'delete') return write;
  const { resourceType: type, id = '' } = write.resource;
  return { type, id };
}

async function inTurn<T, R>(some: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (const one of some) done.push(await work(one));
  return done;
}

function without<W extends Write>(write: W, organisations: Audience): W {
  return { ...write, audience: organisationsOf(write.audience).filter((one) => !organisations.includes(one)) };
}

function isSame(one: Write, other: Write): boolean {
  if (one.interaction === 'delete' || other.interaction === 'delete') return false;
  return one.resource.resourceType === other.resource.resourceType && one.resource.id === other.resource.id;
}

function narrowed(stored: Stored, organisations: Audience): Write[] {
  if (stored.deleted) return [];
  const before = organisationsOf(stored.audience);
  const audience = before.filter((one) => !organisations.includes(one));
  if (audience.length === before.length) return [];
  const resource = parseJson(stored.content) as FhirResource;
  return [{ interaction: 'update', resource, audience, version: stored.version, event: sharedEventType(stored.type) }];
}

function isRefused({ status }: Task): boolean {
  return ['rejected', 'cancelled', 'failed', 'entered-in-error'].includes(status);
}

function isMistake({ status }: Task): boolean {
  return status === 'entered-in-error';
}
