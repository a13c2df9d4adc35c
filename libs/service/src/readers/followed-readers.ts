import type { FhirResource, ServiceRequest, Task } from 'fhir/r4';
import { type CloudEvent, subjectsOfType } from '#events';
import { type Audience, everyone, idIn, organisationsOf, parseJson } from '#fhir';
import { type Act, type FhirStore, personsIn, type Stored, type Write } from '#fhir-store';
import { EventHandler } from '#messaging';
import type { Session } from '#postgres';
import { actOf } from '../act-of.js';
import type { OwnersRecords } from '../owners-records.js';
import type { ServiceDefinition } from '../service-definition.js';
import { type HangingRecord, HangingRecords } from './hanging-records.js';
import { mistakenReaders, partiesOf, readersNow, type SharedRecord, type SharingReferral } from './parties.js';

/** A ServiceRequest, and who sees it. */
interface Referral {
  request: ServiceRequest;
  readers: Audience;
}

/**
 * What hangs on a referral of another service is seen by whoever sees that referral: a provider that comes to it later sees what was
 * sent with it, one that was asked by mistake sees no version of it any more. Heard of both, for either may be the later one: the
 * referral and the records.
 */
export class FollowedReaders extends EventHandler {
  readonly consumer: string;
  readonly subjects: readonly string[];
  readonly #hanging: HangingRecords;
  readonly #keepsMessages: boolean;

  constructor(
    private readonly store: FhirStore,
    private readonly owners: OwnersRecords,
    private readonly definition: ServiceDefinition,
  ) {
    super();
    const { types = [], keptFromMessages = false } = definition.hanging ?? {};
    this.consumer = `${definition.name}-follows-readers`;
    this.subjects = [
      subjectsOfType('referral', 'ServiceRequest'),
      ...types.map((type) => subjectsOfType(definition.name, type)),
    ];
    this.#hanging = new HangingRecords(store, types);
    this.#keepsMessages = keptFromMessages;
  }

  /** Of answers their scores are looked at with them. */
  override concerns({ type, data }: CloudEvent): boolean {
    if (data === undefined || type.endsWith('-deleted.v1')) return false;
    const resource = data as FhirResource;
    if (resource.resourceType === 'ServiceRequest') return resource.status !== 'draft';
    const isScore =
      resource.resourceType === 'Observation' &&
      resource.derivedFrom?.some((source) => idIn(source, 'QuestionnaireResponse') !== undefined) === true;
    return !isScore && !type.endsWith('-shared.v1');
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    const act = actOf(event, { service: this.definition.name, handler: this.consumer });
    const resource = event.data as FhirResource;
    if (resource.resourceType === 'ServiceRequest') {
      const isNarrowed = resource.status === 'entered-in-error' || event.type.endsWith('-shared.v1');
      await this.#follow({ request: resource, readers: event.audience.split(',') }, { act, isNarrowed }, tx);
      return;
    }
    const ids = await this.#hanging.requestsOf(resource);
    const found = await this.owners.read(
      ids.map((id) => ({ type: 'ServiceRequest', id })),
      everyone,
    );
    for (const { content, audience } of found) {
      const request = parseJson(content) as ServiceRequest;
      await this.#follow({ request, readers: audience }, { act, isNarrowed: false }, tx);
    }
  }

  async #follow(
    referral: Referral,
    { act, isNarrowed }: { act: Act; isNarrowed: boolean },
    tx: Session,
  ): Promise<void> {
    const records = await this.#hanging.of(referral.request);
    const differing = isNarrowed ? records : records.filter(({ stored }) => !isSame(stored.audience, referral.readers));
    if (differing.length === 0) return;
    const sharing = await this.#sharing(referral);
    const patient = idIn(referral.request.subject, 'Patient');
    const shared: { stored: Stored; record: SharedRecord }[] = [];
    for (const one of differing) shared.push({ stored: one.stored, record: await this.#recordOf(one, patient) });
    const writes = shared.flatMap(({ stored, record }): Write[] => {
      const audience = readersNow(record, sharing);
      return isSame(stored.audience, audience) ? [] : [shareWrite(stored, audience, patient)];
    });
    if (writes.length > 0) await this.store.commit(writes, act, tx);
    for (const { stored, record } of shared)
      for (const gone of mistakenReaders(record, sharing)) await this.store.recall(stored, gone, tx);
  }

  async #sharing({ request, readers }: Referral): Promise<SharingReferral> {
    const reference = `ServiceRequest/${request.id ?? ''}`;
    const tasks = await this.#tasks({ parameter: 'focus', reference });
    const parties = partiesOf(tasks);
    if (parties.mistaken.length === 0) return { readers, parties, knowing: [] };
    const patient = request.subject.reference ?? '';
    const others = (await this.#tasks({ parameter: 'patient', reference: patient })).filter(
      ({ focus, status, partOf }) => partOf && !isRefused(status) && focus?.reference !== reference,
    );
    const owners = others.map(({ owner }) => idIn(owner, 'Organization'));
    return { readers, parties, knowing: parties.mistaken.filter((one) => owners.includes(one)) };
  }

  async #tasks(pointing: { parameter: string; reference: string }): Promise<Task[]> {
    const found = await this.owners.pointing({ type: 'Task', ...pointing }, everyone);
    return found.map(({ content }) => parseJson(content) as Task);
  }

  async #recordOf({ stored, hangs }: HangingRecord, patient: string | undefined): Promise<SharedRecord> {
    const maker = await this.store.makerOf(stored.type, stored.id);
    return {
      audience: stored.audience,
      maker: maker?.organisation,
      hangs,
      isKept: this.#keepsMessages && maker?.agent === this.definition.name,
      isOfPerson: personsIn(stored).every((person) => person === patient),
    };
  }
}

function shareWrite(stored: Stored, audience: Audience, patient: string | undefined): Write {
  const { type, version } = stored;
  const kebab = type.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase();
  const resource = parseJson(stored.content) as FhirResource;
  // A Binary does not say itself whom it is about.
  const persons = patient === undefined ? {} : { persons: [patient] };
  return { interaction: 'update', resource, audience, version, event: `${kebab}-shared.v1`, ...persons };
}

function isSame(one: Audience, other: Audience): boolean {
  return organisationsOf(one).join(',') === organisationsOf(other).join(',');
}

function isRefused(status: Task['status']): boolean {
  return ['rejected', 'cancelled', 'failed', 'entered-in-error'].includes(status);
}
