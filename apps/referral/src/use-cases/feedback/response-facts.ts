import { Injectable } from '@nestjs/common';
import type { Encounter, FhirResource, Flag, HealthcareService, Identifier, ServiceRequest, Task } from 'fhir/r4';
import {
  type Audience,
  dosServiceSystem,
  everyone,
  idIn,
  labelAmong,
  normaliseIdentifierSystem,
  parseJson,
} from '#fhir';
import { type SearchQuery, searchParameter } from '#fhir-search';
import { FhirStore, type Stored } from '#fhir-store';
import type { Session } from '#postgres';
import { OwnersRecords, Platform } from '#service';
import { currentAddress } from '../../domain/bars/index.js';
import { messageIdSystem, returnAddressExtension } from '../../domain/codes.js';
import { isVcse, type ResponseFacts } from '../../domain/feedback/response-message.js';
import { currentActivity } from '../../domain/held-place.js';
import { referralReferenceSystem } from '../../domain/referral-reference.js';
import { ProviderDirectory } from '../provider-directory.js';
import { ReferralTasks } from '../referral-tasks.js';

/** A referral that came as a message, and what its sender asked for when it was sent. */
export interface AnsweredReferral {
  parent: Task;
  part: Task;
  /** Organization ids. */
  requester: string;
  provider: string;
  patientId: string;
  requestId: string;
  answers: string;
  returnAddress: string;
  correlationId: string;
}

/** Gathers what a response to the sender of a referral says: only what the sender may read at that moment. */
@Injectable()
export class ResponseFactsOf {
  constructor(
    private readonly store: FhirStore,
    private readonly tasks: ReferralTasks,
    private readonly directory: ProviderDirectory,
    private readonly owners: OwnersRecords,
    private readonly platform: Platform,
  ) {}

  /** Undefined for a referral that did not come as a message: its requester hears by Subscription or search. */
  async referralOf(part: Task): Promise<AnsweredReferral | undefined> {
    const parent = (await this.tasks.parentOf(part))?.task;
    if (!parent) return undefined;
    const returnAddress = parent.extension?.find(({ url }) => url === returnAddressExtension)?.valueString;
    const facts = {
      requester: idIn(parent.requester, 'Organization'),
      provider: idIn(part.owner, 'Organization'),
      patientId: idIn(part.for, 'Patient'),
      requestId: idIn(part.focus, 'ServiceRequest'),
      answers: valueOf(parent.identifier, messageIdSystem),
      returnAddress: returnAddress === undefined ? undefined : currentAddress(returnAddress),
      correlationId: parent.groupIdentifier?.value,
    };
    return isWhole(facts) ? { parent, part, ...facts } : undefined;
  }

  /** Undefined where the sender may not read its referral now; `restricted` where what it would be told bears a label. */
  async execute(
    referral: AnsweredReferral,
    tx: Session,
  ): Promise<Omit<ResponseFacts, 'also'> | 'restricted' | undefined> {
    const { parent, part, patientId, requestId } = referral;
    const reader: Audience = [referral.requester, 'public'];
    const heads = [
      { type: 'ServiceRequest', id: requestId },
      { type: 'Patient', id: patientId },
      { type: 'Task', id: part.id ?? '' },
    ];
    const rows = await this.store.readMany(heads, everyone, tx);
    if (labelAmong(rows.map(({ audience }) => audience)) !== undefined) return 'restricted';
    const [request, patient] = await Promise.all([
      this.store.read('ServiceRequest', requestId, reader),
      this.store.read('Patient', patientId, reader),
    ]);
    if (!isLive(request) || !isLive(patient)) return undefined;
    const wish = parseJson(request.content) as ServiceRequest;
    const encounters = await this.#encounters(wish, parent, reader);
    if (!encounters.promised) return undefined;
    const activity = await this.#activity(part, tx);
    return {
      ...encounters,
      promised: encounters.promised,
      part,
      request: wish,
      patient: parseJson(patient.content) as ResponseFacts['patient'],
      requester: await this.directory.organisation(referral.requester, 'Task.requester'),
      provider: await this.directory.organisation(referral.provider, 'Task.owner'),
      ...(activity ? { activity } : {}),
      answers: referral.answers,
      returnAddress: referral.returnAddress,
      // An activity without an address of the standard is answered here.
      ownAddress: addressOf(activity) ?? this.platform.settings.baseUrl,
    };
  }

  /** What rides along: who did not come may need looking after, and what was completed has its answers and scores. */
  async ridingAlong({ part, requestId, patientId, requester }: AnsweredReferral, event: string, wish: ServiceRequest) {
    const reader: Audience = [requester, 'public'];
    if (event === 'referral-session-missed.v1') return this.#safeguarding(patientId, reader);
    if (part.status !== 'completed' || !isVcse(wish)) return [];
    const reference = `ServiceRequest/${requestId}`;
    const basedOn = (type: string) => this.owners.pointing({ type, parameter: 'based-on', reference }, reader);
    const found = [...(await basedOn('QuestionnaireResponse')), ...(await basedOn('Observation'))];
    return withinSize(found);
  }

  async #safeguarding(patientId: string, reader: Audience): Promise<FhirResource[]> {
    const flags = await this.#find<Flag>('Flag', { code: 'patient', value: `Patient/${patientId}` }, reader);
    return flags.filter(
      ({ status, category = [] }) =>
        status === 'active' && category.some(({ coding = [] }) => coding.some(({ code }) => code === 'SG')),
    );
  }

  async #encounters(wish: ServiceRequest, parent: Task, reader: Audience) {
    const id = idIn(wish.encounter, 'Encounter');
    const sent = id === undefined ? undefined : await this.store.read('Encounter', id, reader);
    const reference = valueOf(parent.identifier, referralReferenceSystem);
    const sought = { code: 'based-on', value: `ServiceRequest/${wish.id ?? ''}` };
    const based = await this.#find<Encounter>('Encounter', sought, reader);
    return {
      promised: based.find(({ identifier }) => valueOf(identifier, referralReferenceSystem) === reference),
      ...(isLive(sent) ? { assessment: parseJson(sent.content) as Encounter } : {}),
    };
  }

  async #activity(part: Task, tx: Session): Promise<HealthcareService | undefined> {
    const id = currentActivity(part);
    const stored = id === undefined ? undefined : await this.store.read('HealthcareService', id, everyone, tx);
    return isLive(stored) ? (parseJson(stored.content) as HealthcareService) : undefined;
  }

  async #find<R extends FhirResource>(
    type: R['resourceType'],
    { code, value }: { code: string; value: string },
    reader: Audience,
  ): Promise<R[]> {
    const parameter = searchParameter(type, code);
    if (parameter?.type !== 'reference' && parameter?.type !== 'token') return [];
    const query: SearchQuery = {
      type,
      criteria: [{ parameter, values: [{ type: parameter.type, value }] }],
      includes: [],
      sort: [],
      count: 200,
      total: 'none',
      applied: new URLSearchParams(),
    };
    const { matches } = await this.store.search(query, reader);
    return matches.map(({ content }) => parseJson(content) as R);
  }
}

/** As much as one event carries: what does not fit is read here. */
const largest = 300_000;

function withinSize(found: readonly Stored[]): FhirResource[] {
  let size = 0;
  return found
    .filter(({ content }) => (size += content.length) <= largest)
    .map(({ content }) => parseJson(content) as FhirResource);
}

function isLive(stored: Stored | undefined): stored is Stored {
  return stored?.deleted === false;
}

function isWhole<T extends object>(facts: T): facts is { [Key in keyof T]: NonNullable<T[Key]> } {
  return Object.values(facts).every((value) => value !== undefined);
}

function valueOf(identifiers: readonly Identifier[] | undefined, system: string): string | undefined {
  return identifiers?.find((one) => one.system === system)?.value;
}

function addressOf(activity: HealthcareService | undefined): string | undefined {
  const found = activity?.identifier?.find(
    ({ system }) => normaliseIdentifierSystem(system ?? '') === dosServiceSystem,
  );
  return found?.value === undefined ? undefined : `${dosServiceSystem}|${found.value}`;
}
