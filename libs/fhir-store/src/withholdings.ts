import type { Audience } from '#fhir';
import { everyone } from '#fhir';
import type { Database, Session } from '#postgres';

/** What a Consent keeps of a Patient's records from an organisation. */
export interface Withholding {
  /** Id of the Patient. */
  patient: string;
  /** Id of the organisation, or `*` for all but those in `keeps`. */
  organisation: string;
  keeps: readonly string[];
  /** Only from this time on, and only until then. */
  starts?: Date;
  ends?: Date;
}

/**
 * What Consents withhold, of one service's rows: current ones, followed copies, superseded versions and events that wait to be
 * sent. Commits look here themselves, in their statement.
 */
export class Withholdings {
  constructor(private readonly database: Database) {}

  /**
   * This Consent withholds exactly this, from now on; nothing gives back what it withheld. Again, it changes nothing. What it
   * withholds is asked when no other Consent is being applied any more.
   */
  async replace(
    consent: string,
    asked: () => Promise<readonly Withholding[]>,
    { now, tx }: { now: Date; tx: Session },
  ): Promise<void> {
    await oneConsentAtATime(tx);
    const withholdings = await asked();
    const before = await tx.query<{ patient: string }>({
      name: 'withheld-by',
      text: 'SELECT DISTINCT patient FROM withheld WHERE consent = $1',
      values: [consent],
    });
    const patients = [...before, ...withholdings].map(({ patient }) => patient);
    if (patients.length === 0) return;
    await waitForWriters(patients, tx);
    await tx.query({ name: 'withheld-end', text: 'DELETE FROM withheld WHERE consent = $1', values: [consent] });
    await tx.query({
      name: 'withheld-begin',
      text: `INSERT INTO withheld (consent, patient, organisation, keeps, starts, ends, holds)
             SELECT $1, w.patient, w.organisation, ARRAY(SELECT jsonb_array_elements_text(w.keeps)), w.starts, w.ends,
               ${holdsAt('$3', 'w')}
             FROM jsonb_to_recordset($2::jsonb)
               AS w(patient text, organisation text, keeps jsonb, starts timestamptz, ends timestamptz)`,
      values: [consent, JSON.stringify(withholdings), now],
    });
    await markRecords(patients, tx);
  }

  /** Begins and ends what a period bounds. */
  async keepTime(now: Date): Promise<void> {
    const due = await this.database.as(everyone).query<{ consent: string }>({ ...dueStatement, values: [now] });
    if (due.length === 0) return;
    await this.database.transaction(everyone, async (tx) => {
      await oneConsentAtATime(tx);
      const rows = await tx.query<{ patient: string }>({ ...dueStatement, values: [now] });
      const patients = rows.map(({ patient }) => patient);
      await waitForWriters(patients, tx);
      await tx.query({
        name: 'withheld-turn',
        text: `UPDATE withheld w SET holds = ${holdsAt('$1', 'w')} WHERE patient = ANY($2::text[])`,
        values: [now, patients],
      });
      await markRecords(patients, tx);
    });
  }

  /** Those of these organisations from whom a record about any of these Patients is withheld now. */
  async among(
    organisations: Audience,
    persons: readonly string[],
    session: Session = this.database.as(everyone),
  ): Promise<string[]> {
    if (persons.length === 0 || organisations.length === 0) return [];
    const rows = await session.query<{ organisation: string }>({
      name: 'withheld-among',
      text: `SELECT DISTINCT o.organisation FROM unnest($1::text[]) AS o(organisation) JOIN withheld w
               ON w.organisation = o.organisation OR (w.organisation = '*' AND o.organisation <> ALL(w.keeps))
             WHERE w.patient = ANY($2::text[]) AND w.holds AND o.organisation NOT IN ('*', 'public')`,
      values: [organisations, persons],
    });
    return rows.map(({ organisation }) => organisation);
  }
}

const dueStatement = {
  name: 'withheld-due',
  text: `SELECT DISTINCT consent, patient FROM withheld w WHERE holds <> ${holdsAt('$1', 'w')}`,
};

function holdsAt(now: string, row: string): string {
  return `(${now}::timestamptz >= coalesce(${row}.starts, '-infinity') AND ${now}::timestamptz < coalesce(${row}.ends, 'infinity'))`;
}

async function oneConsentAtATime(tx: Session): Promise<void> {
  await tx.query({ name: 'withheld-one', text: "SELECT pg_advisory_xact_lock(hashtext('ginnel-withheld'), 0)" });
}

/** Those who write about these persons end first, and others wait until this has ended. */
async function waitForWriters(patients: readonly string[], tx: Session): Promise<void> {
  await tx.query({
    name: 'withheld-wait',
    text: "SELECT pg_advisory_xact_lock(hashtext('ginnel-person'), turn) FROM turns_of_persons($1::text[]) turn",
    values: [patients],
  });
}

async function markRecords(patients: readonly string[], tx: Session): Promise<void> {
  // Answers that were made before and wait to be fetched: whoever may have one asks again.
  await tx.query({
    name: 'withheld-jobs',
    text: `UPDATE job SET cancelled = true, answer = NULL
           WHERE EXISTS (SELECT 1 FROM unnest($1::text[]) AS p(id) WHERE position('Patient/' || p.id IN answer) > 0)`,
    values: [patients],
  });
  await tx.query({
    name: 'withheld-doubted-jobs',
    text: 'UPDATE job SET doubted = doubted || $1::text[] WHERE finished IS NULL AND NOT cancelled',
    values: [patients],
  });
  await tx.query({ name: 'withheld-mark', text: 'SELECT mark_records($1::text[])', values: [patients] });
}
