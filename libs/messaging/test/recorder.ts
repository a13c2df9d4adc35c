import type { CloudEvent } from '#events';
import { EventHandler } from '#messaging';
import type { Database, Session } from '#postgres';

/** A handler whose effect is one row per event; `first` may interfere before it. */
export class Recorder extends EventHandler {
  declare readonly types?: readonly string[];
  first: (event: CloudEvent, tx: Session) => Promise<void> | void = () => undefined;

  constructor(
    readonly consumer: string,
    options: { subjects?: readonly string[]; types?: readonly string[] } = {},
  ) {
    super();
    this.subjects = options.subjects ?? ['ginnel.referral.Task.>'];
    if (options.types) this.types = options.types;
  }

  readonly subjects: readonly string[];

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    await tx.query({
      text: 'INSERT INTO effect (consumer, resource, sequence) VALUES ($1, $2, $3)',
      values: [this.consumer, event.subject.replace(/\/_history\/.*/, ''), event.sequence],
    });
    await this.first(event, tx);
  }
}

/** Effects of a consumer, as `Task/a 1`, resource by resource in the order in which they were made, or all in that order. */
export async function effectsOf(
  database: Database,
  consumer: string,
  order: 'by-resource' | 'as-made' = 'by-resource',
): Promise<string[]> {
  const rows = await database.as(['*']).query<{ resource: string; sequence: number }>({
    text: `SELECT resource, sequence FROM effect WHERE consumer = $1 ORDER BY ${order === 'as-made' ? '' : 'resource, '}id`,
    values: [consumer],
  });
  return rows.map(({ resource, sequence }) => `${resource} ${String(sequence)}`);
}
