import { Injectable } from '@nestjs/common';
import type { Caller } from '#auth';
import { everyone, FhirError } from '#fhir';
import { parseSearch } from '#fhir-search';
import { FhirStore } from '#fhir-store';
import { Database, type Session } from '#postgres';
import { oneAtATime, Platform } from '#service';
import { takeTurn } from './delivery-turn.js';

/** A version of a Subscription that is about to be written. */
interface Noted {
  id: string;
  version: number;
}

/** Longer than a write can take: after it, one that was noted and is not there was not written. */
const writtenWithinMs = 60_000;

/** Before a version of a Subscription is written. One that is not written in the end leaves a line, until another is. */
@Injectable()
export class NoteSubscriber {
  constructor(
    private readonly store: FhirStore,
    private readonly database: Database,
    private readonly platform: Platform,
  ) {}

  async execute(noted: Noted, caller: Caller): Promise<void> {
    await this.database.transaction(everyone, (tx) => this.#note(noted, caller, tx));
  }

  /** Of one that was off, or not there: throws where its organisation has as many as it may have. */
  async turnedOn(noted: Noted, organisation: string, caller: Caller): Promise<void> {
    await this.database.transaction(everyone, async (tx) => {
      await oneAtATime(`subscriptions of ${organisation}`, tx);
      const underWay = await this.#underWay(noted, organisation, tx);
      const most = this.platform.settings.subscriptionsAtMost;
      if (underWay + (await this.#thatAreOn(organisation)) >= most) throw tooMany(most);
      await this.#note(noted, { ...caller, organisation }, tx);
    });
  }

  /** One that is deleted is no longer on its way. */
  async forgetWay(id: string): Promise<void> {
    await this.database.as(everyone).query({
      name: 'subscriber-forget-way',
      text: 'UPDATE subscriber SET noted_at = NULL WHERE subscription_id = $1',
      values: [id],
    });
  }

  /** Not where that version is there already, Ginnel's own perhaps: its rights are others', and this write comes to nothing. */
  async #note({ id, version }: Noted, caller: Caller, tx: Session): Promise<void> {
    await takeTurn([id], tx);
    const stored = await this.store.read('Subscription', id, everyone, tx);
    if (stored && stored.version >= version) return;
    const { client, role, scopes = null, organisation = null, user = null, issuedAt = null } = caller;
    await tx.query({
      name: 'subscriber-note',
      text: `INSERT INTO subscriber
               (subscription_id, version, client, role, scopes, organisation, noted_at, person, issued_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, to_timestamp($9::float8))
             ON CONFLICT (subscription_id, version) DO UPDATE
             SET client = excluded.client, role = excluded.role, scopes = excluded.scopes,
               organisation = excluded.organisation, noted_at = excluded.noted_at, person = excluded.person,
               issued_at = excluded.issued_at`,
      values: [id, version, client, role, scopes, organisation, this.platform.now(), user, issuedAt],
    });
  }

  /** How many were noted a moment ago and are not written yet; looked at before those that are there, so that none is missed. */
  async #underWay({ id }: Noted, organisation: string, tx: Session): Promise<number> {
    const lately = await tx.query<Noted>({
      name: 'subscriber-under-way',
      text: `SELECT subscription_id AS id, max(version) AS version FROM subscriber
             WHERE organisation = $1 AND noted_at > $2 AND subscription_id <> $3 GROUP BY subscription_id`,
      values: [organisation, new Date(this.platform.now().getTime() - writtenWithinMs), id],
    });
    const places = lately.map((one) => ({ type: 'Subscription', id: one.id }));
    const written = new Map((await this.store.readMany(places, everyone, tx)).map((one) => [one.id, one.version]));
    return lately.filter((one) => (written.get(one.id) ?? 0) < one.version).length;
  }

  async #thatAreOn(organisation: string): Promise<number> {
    const wanted = new URLSearchParams({ status: 'requested,active,error', _summary: 'count' });
    const { query } = parseSearch('Subscription', wanted, { lenient: false });
    return (await this.store.search(query, [organisation])).total ?? 0;
  }
}

/** Lines of versions that came to nothing. Within a transaction that has or shares the turn, before Ginnel writes the next one. */
export async function forgetUnwritten({ id, version }: Noted, tx: Session): Promise<void> {
  await tx.query({
    name: 'subscriber-forget-unwritten',
    text: 'DELETE FROM subscriber WHERE subscription_id = $1 AND version > $2',
    values: [id, version],
  });
}

function tooMany(most: number): FhirError {
  const diagnostics = `An organisation has at most ${String(most)} Subscriptions that are not off: turn one off first.`;
  return FhirError.of('business-rule', diagnostics, { status: 422 });
}
