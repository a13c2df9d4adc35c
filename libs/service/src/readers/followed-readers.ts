import type { FhirResource, ServiceRequest } from 'fhir/r4';
import { type CloudEvent, sharedEventType, subjectResource, subjectsOfType } from '#events';
import { type Audience, audienceOf, everyone, idIn, organisationsOf, parseJson, type ResourceId } from '#fhir';
import type { Act, FhirStore, Stored, Write } from '#fhir-store';
import { EventHandler } from '#messaging';
import type { Session } from '#postgres';
import { actOf } from '../act-of.js';
import { oneAtATime } from '../one-at-a-time.js';
import type { OwnersRecords } from '../owners-records.js';
import type { ServiceDefinition } from '../service-definition.js';
import { HangingRecords } from './hanging-records.js';
import { PersonsReferrals, placeOf } from './persons-referrals.js';
import { goneOf, readersNow, type SharedRecord, type Shown, shownBy } from './shown.js';

/** A record, and what the referrals of its person make of who may read it. */
interface Judged {
  stored: Stored;
  record: SharedRecord;
  shown: Shown;
}

interface Looking {
  person: string;
  referrals: PersonsReferrals;
  act: Act;
}

const mistakes = 'referral-entered-in-error.v1';

/**
 * What belongs to a referral of another service is seen by whoever sees that referral: a provider that comes to it later sees what was
 * sent with it, one that was asked by mistake sees no version of it any more. It hears of referrals and of records, for either may be
 * the later one, and then looks at both as they are now: an event may be an old one.
 */
export class FollowedReaders extends EventHandler {
  readonly consumer: string;
  readonly subjects: readonly string[];
  readonly #hanging: HangingRecords;

  constructor(
    private readonly store: FhirStore,
    private readonly owners: OwnersRecords,
    private readonly definition: ServiceDefinition,
  ) {
    super();
    const { types = [] } = definition.hanging ?? {};
    this.consumer = `${definition.name}-follows-readers`;
    this.subjects = [
      ...['ServiceRequest', 'Task'].map((type) => subjectsOfType('referral', type)),
      ...[...types, ...(types.includes('DocumentReference') ? ['Binary'] : [])].map((type) =>
        subjectsOfType(definition.name, type),
      ),
    ];
    this.#hanging = new HangingRecords(store, types);
  }

  /** Of answers their scores are looked at with them. The event of a Binary never carries it. */
  override concerns({ type, data, subject }: CloudEvent): boolean {
    if (type.endsWith('-deleted.v1') || type.endsWith('-shared.v1'))
      return subjectResource(subject).type === 'ServiceRequest' && data !== undefined;
    if (data === undefined) return subjectResource(subject).type === 'Binary';
    const resource = data as FhirResource;
    if (resource.resourceType === 'Task') return type === mistakes;
    if (resource.resourceType === 'ServiceRequest') return resource.status !== 'draft';
    return !isScore(resource);
  }

  /** One person's records after the other, so that what was judged first is not committed over what is known later. */
  async handle(event: CloudEvent, tx: Session): Promise<void> {
    const person = await this.#personOf(event);
    if (person === undefined) return;
    await oneAtATime(`readers of ${person}`, tx);
    const act = actOf(event, { service: this.definition.name, handler: this.consumer });
    const looking = { person, act, referrals: new PersonsReferrals(person, this.owners) };
    const judged = await this.#judgeAll(await this.#look(event, looking), looking);
    // In the order in which every commit locks its rows.
    for (const one of judged.sort(byPlace)) await this.#apply(one, looking, tx);
  }

  async #personOf(event: CloudEvent): Promise<string | undefined> {
    const resource = event.data as FhirResource | undefined;
    if (resource?.resourceType === 'ServiceRequest') return idIn(resource.subject, 'Patient');
    if (resource?.resourceType === 'Task') return idIn(resource.for, 'Patient');
    const id = subjectResource(event.subject);
    const [told = id] = id.type === 'Binary' ? await this.#hanging.documentsOf(placeOfId(id)) : [];
    const [person, ...others] = await this.store.personsOf(told);
    return others.length > 0 ? undefined : person;
  }

  async #look(event: CloudEvent, looking: Looking): Promise<readonly Stored[]> {
    const resource = event.data as FhirResource | undefined;
    if (resource?.resourceType === 'ServiceRequest') {
      const readers = event.audience.split(',');
      return (await this.#ofReferral(resource)).filter(({ audience }) => !isSame(audience, readers));
    }
    if (resource?.resourceType === 'Task') {
      const id = idIn(resource.focus, 'ServiceRequest');
      const [found] = id === undefined ? [] : await this.owners.read([{ type: 'ServiceRequest', id }], everyone);
      return found ? this.#ofReferral(parseJson(found.content) as ServiceRequest) : [];
    }
    const id = subjectResource(event.subject);
    if (id.type === 'Binary') return this.#hanging.documentsOf(placeOfId(id));
    const [stored] = await this.#hanging.read([id]);
    if (!stored || (await this.#isSettled(stored, looking))) return [];
    return [stored, ...(await this.#hanging.scoresOf(stored))];
  }

  async #ofReferral(request: ServiceRequest): Promise<Stored[]> {
    const anchors = [placeOf(request), ...(await this.#hanging.tasksOf(placeOf(request)))];
    return this.#hanging.of(anchors, request);
  }

  /** As most records are when they are written. */
  async #isSettled(stored: Stored, { referrals }: Looking): Promise<boolean> {
    if (this.#hanging.contentsOf(stored).length > 0) return false;
    return referrals.isSettled(resourceOf(stored), stored.audience);
  }

  /** The records, and once each the contents of the documents among them. */
  async #judgeAll(records: readonly Stored[], looking: Looking): Promise<Judged[]> {
    const judged = (await inTurn(records, (stored) => this.#judge(stored, looking))).filter((one) => one !== undefined);
    const contents = new Map<string, { id: ResourceId; told: Judged[] }>();
    for (const one of judged) {
      const isTakenBack = goneOf(one.record, one.shown).length > 0;
      const ids = isTakenBack ? await this.#hanging.everyContentOf(one.stored) : this.#hanging.contentsOf(one.stored);
      for (const id of ids) {
        const known = contents.get(placeOfId(id)) ?? { id, told: [] };
        contents.set(placeOfId(id), known);
        known.told.push(one);
      }
    }
    for (const stored of await this.#hanging.read([...contents.values()].map(({ id }) => id))) {
      const ofContent = await this.#judgeContent(stored, contents.get(placeOfId(stored))?.told ?? [], looking);
      if (ofContent) judged.push(ofContent);
    }
    return judged;
  }

  /** Undefined where it is not about this person. */
  async #judge(stored: Stored, { person, referrals }: Looking): Promise<Judged | undefined> {
    const persons = await this.store.personsOf(stored);
    if (!persons.includes(person)) return undefined;
    const record = await this.#recordOf(stored, persons.length === 1);
    return { stored, record, shown: shownBy(record, await referrals.tiesOf(resourceOf(stored))) };
  }

  /** A Binary is seen with the documents of its own maker that tell of it; undefined where one of them is about another person. */
  async #judgeContent(stored: Stored, told: readonly Judged[], looking: Looking): Promise<Judged | undefined> {
    const persons = await this.store.personsOf(stored);
    const isOfPerson = persons.every((one) => one === looking.person);
    const record = await this.#recordOf(stored, isOfPerson);
    const documents = new Map(told.map((one) => [placeOfId(one.stored), one]));
    for (const document of await this.#hanging.documentsOf(placeOfId(stored))) {
      const judged = documents.get(placeOfId(document)) ?? (await this.#judge(document, looking));
      if (judged) documents.set(placeOfId(document), judged);
      // Who tells of another's Binary shows it to nobody, and takes it from nobody.
      else if (record.maker === (await this.store.makerOf(document.type, document.id))?.organisation) return undefined;
    }
    const own = [...documents.values()].filter(
      (one) => record.maker !== undefined && one.record.maker === record.maker,
    );
    const all = [shownBy(record, await looking.referrals.tiesOf(resourceOf(stored))), ...own.map(({ shown }) => shown)];
    const isStill = own.length === 0 || own.some((one) => this.#tellsOf(one, stored));
    const shown = {
      joining: isOfPerson && isStill ? audienceOf(...all.flatMap(({ joining }) => joining)) : [],
      showing: audienceOf(...all.flatMap(({ showing }) => showing)),
      mistaken: audienceOf(...all.flatMap(({ mistaken }) => mistaken)),
    };
    return { stored, record, shown };
  }

  #tellsOf({ stored }: Judged, content: Stored): boolean {
    return this.#hanging.contentsOf(stored).some(({ id }) => id === content.id);
  }

  async #recordOf(stored: Stored, isOfPerson: boolean): Promise<SharedRecord> {
    const maker = await this.store.makerOf(stored.type, stored.id);
    return { audience: stored.audience, maker: maker?.organisation, isOfPerson };
  }

  /** Of earlier versions, too, nothing is left to who was asked by mistake. */
  async #apply({ stored, record, shown }: Judged, { person, act }: Looking, tx: Session): Promise<void> {
    const audience = readersNow(record, shown);
    if (!isSame(stored.audience, audience)) {
      // A Binary does not say itself whom it is about.
      const persons = stored.type === 'Binary' && record.isOfPerson ? { persons: [person] } : {};
      await this.store.commit([{ ...shareOf(stored, audience), ...persons }], act, tx);
    }
    for (const gone of goneOf(record, shown)) await this.store.recall(stored, gone, tx);
  }
}

function shareOf(stored: Stored, audience: Audience): Write {
  const { type, version } = stored;
  return { interaction: 'update', resource: resourceOf(stored), audience, version, event: sharedEventType(type) };
}

function resourceOf({ content }: Stored): FhirResource {
  return parseJson(content) as FhirResource;
}

function byPlace({ stored: one }: Judged, { stored: other }: Judged): number {
  return placeOfId(one) < placeOfId(other) ? -1 : 1;
}

function placeOfId({ type, id }: ResourceId): string {
  return `${type}/${id}`;
}

async function inTurn<T, R>(some: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (const one of some) done.push(await work(one));
  return done;
}

function isScore(resource: FhirResource): boolean {
  if (resource.resourceType !== 'Observation') return false;
  return resource.derivedFrom?.some((source) => idIn(source, 'QuestionnaireResponse') !== undefined) === true;
}

function isSame(one: Audience, other: Audience): boolean {
  return organisationsOf(one).join(',') === organisationsOf(other).join(',');
}
