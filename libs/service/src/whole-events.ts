import { type CloudEvent, subjectResource } from '#events';
import { type ServiceName, parseJson, serviceNames } from '#fhir';
import { EventHandler, Unprocessable } from '#messaging';
import type { Session } from '#postgres';
import type { OwnersRecords } from './owners-records.js';

/** A handler that gets every resource, also one that is too large to ride in its event: its owner is asked for that version. */
export class WholeEvents extends EventHandler {
  readonly consumer: string;
  readonly subjects: readonly string[];
  declare readonly types?: readonly string[];
  declare readonly announces?: boolean;
  declare laneOf?: (event: CloudEvent) => string;
  declare concerns?: (event: CloudEvent) => Promise<boolean>;

  constructor(
    private readonly handler: EventHandler,
    private readonly owners: OwnersRecords,
  ) {
    super();
    this.consumer = handler.consumer;
    this.subjects = handler.subjects;
    if (handler.types) this.types = handler.types;
    if (handler.announces !== undefined) this.announces = handler.announces;
    if (handler.concerns) this.concerns = async (event) => isCut(event) || (await handler.concerns?.(event)) !== false;
    if (handler.laneOf) this.laneOf = (event) => handler.laneOf?.(event) ?? event.subject;
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    const whole = isCut(event) ? await this.#whole(event) : event;
    if (whole !== event && (await this.handler.concerns?.(whole)) === false) return;
    await this.handler.handle(whole, tx);
  }

  /** The owner is not asked while others wait. */
  override goesTogether(event: CloudEvent): boolean {
    return !isCut(event) && this.handler.goesTogether?.(event) === true;
  }

  override committed(event: CloudEvent): void {
    this.handler.committed?.(event);
  }

  async #whole(event: CloudEvent): Promise<CloudEvent> {
    const { content } = await this.owners.version(sourceOf(event), subjectResource(event.subject));
    return { ...event, data: parseJson(content) };
  }
}

/** A deletion has no resource and a Binary is fetched by whoever may: everything else was only too large. */
function isCut({ data, type, subject }: CloudEvent): boolean {
  return data === undefined && !type.endsWith('-deleted.v1') && subjectResource(subject).type !== 'Binary';
}

function sourceOf({ source }: CloudEvent): ServiceName {
  const name = serviceNames.find((one) => source === `/ginnel/${one}`);
  if (name === undefined) throw new Unprocessable('The event comes from no service that is known.');
  return name;
}
