import { Injectable } from '@nestjs/common';
import type { Appointment, Patient, ServiceRequest, Task } from 'fhir/r4';
import { type Audience, everyone, FhirError, idIn, labelAmong, organisationsOf, type ResourceId } from '#fhir';
import type { Stored } from '#fhir-store';
import { OwnersRecords } from '#service';
import type { ReferralRecord } from '../domain/outcome-summary/referral-record.js';
import { activityIdsOf } from '../domain/programme.js';
import { type ResourceOf, resourcesOfType } from '../domain/stored-resources.js';
import { practiceIdsOf, summaryReaders } from '../domain/outcome-summary/summary-readers.js';

/** Ids of one referral: its parent Task, its ServiceRequest, its Patient. */
export interface ReferralIds {
  taskId: string;
  requestId: string;
  patientId: string;
}

export interface GatheredRecord {
  record: ReferralRecord;
  /** Who sees the referral. */
  audience: Audience;
  /** Of the referral or its person: what is said of it is restricted as they are. */
  label?: 'R' | 'V';
}

/**
 * Everything about one referral, asked of its owners. Copies that follow events would mostly do; but the event that a referral
 * is completed may overtake those of its sessions, contacts and answers, since each resource keeps its order only by itself, and
 * nothing in a copy tells that another one is still to come. A letter to a practice must not be short without saying so.
 */
@Injectable()
export class GatherRecord {
  constructor(private readonly owners: OwnersRecords) {}

  async execute(ids: ReferralIds): Promise<GatheredRecord> {
    const [heads, hanging] = await Promise.all([this.#heads(ids), this.#hangingOn(ids)]);
    const label = labelAmong(heads.map(({ audience }) => audience));
    const found = hanging.filter((one) => isNoMoreRestricted(one, label));
    const all = [...heads, ...found];
    const referral = needed(heads, { type: 'Task', id: ids.taskId }) as Task;
    const serviceRequest = needed(heads, { type: 'ServiceRequest', id: ids.requestId }) as ServiceRequest;
    const audience = heads.find(({ type }) => type === 'ServiceRequest')?.audience ?? [];
    const tasks = resourcesOfType(found, 'Task');
    const appointments = resourcesOfType(found, 'Appointment');
    const patient = needed(heads, { type: 'Patient', id: ids.patientId }) as ResourceOf<'Patient'>;
    const named = { tasks: [referral, ...tasks], request: serviceRequest, sessions: appointments, patient };
    const directory = await this.#directory(named);
    const organizations = resourcesOfType(directory, 'Organization');
    const record = {
      referral,
      serviceRequest,
      patient,
      tasks,
      appointments,
      contacts: [...resourcesOfType(all, 'Encounter'), ...resourcesOfType(all, 'Communication')],
      // Said to everybody who sees the referral, so only what all of them may read.
      goals: resourcesOfType(
        found.filter((one) => isSeenByAll(one, audience)),
        'Goal',
      ),
      responses: resourcesOfType(found, 'QuestionnaireResponse'),
      observations: resourcesOfType(found, 'Observation'),
      activities: resourcesOfType(directory, 'HealthcareService'),
      organizations,
      slots: resourcesOfType(directory, 'Slot'),
      schedules: resourcesOfType(directory, 'Schedule'),
    };
    const readers = summaryReaders({ referral, parts: tasks, patient, organizations });
    return { record, audience: readers, ...(label ? { label } : {}) };
  }

  #heads({ taskId, requestId, patientId }: ReferralIds): Promise<Stored[]> {
    const ids = [
      { type: 'Task', id: taskId },
      { type: 'ServiceRequest', id: requestId },
      { type: 'Patient', id: patientId },
    ];
    return this.owners.read(ids, everyone);
  }

  async #hangingOn({ taskId, requestId, patientId }: ReferralIds): Promise<Stored[]> {
    const reference = `ServiceRequest/${requestId}`;
    const basedOn = (type: string) => this.owners.pointing({ type, parameter: 'based-on', reference }, everyone);
    const found = await Promise.all([
      this.owners.pointing({ type: 'Task', parameter: 'part-of', reference: `Task/${taskId}` }, everyone),
      this.owners.pointing({ type: 'Goal', parameter: 'patient', reference: `Patient/${patientId}` }, everyone),
      ...['Appointment', 'Encounter', 'Communication'].map(basedOn),
      // One after the other: scores are written with their answers, so that none is older than the answers read.
      basedOn('QuestionnaireResponse').then(async (responses) => [...responses, ...(await basedOn('Observation'))]),
    ]);
    return found.flat();
  }

  async #directory({ tasks, request, sessions, patient }: DirectoryNames): Promise<Stored[]> {
    const organisations = [...tasks.flatMap(({ owner, requester }) => [owner, requester]), request.requester];
    const found = await this.owners.read(
      unique([
        ...organisations.map((reference) => named('Organization', idIn(reference, 'Organization'))),
        ...practiceIdsOf(patient).map((id) => named('Organization', id)),
        ...tasks.flatMap(activityIdsOf).map((id) => named('HealthcareService', id)),
        ...sessions.flatMap(({ slot = [] }) => slot.map((reference) => named('Slot', idIn(reference, 'Slot')))),
      ]),
      everyone,
    );
    const scheduleIds = resourcesOfType(found, 'Slot').map(({ schedule }) =>
      named('Schedule', idIn(schedule, 'Schedule')),
    );
    const schedules = await this.owners.read(unique(scheduleIds), everyone);
    const actors = [
      ...sessions.flatMap(({ participant }) => participant.map(({ actor }) => actor)),
      ...resourcesOfType(schedules, 'Schedule').flatMap(({ actor }) => actor),
    ];
    const known = resourcesOfType(found, 'HealthcareService').map(({ id }) => id);
    const ofSessions = actors.flatMap((actor) => idIn(actor, 'HealthcareService') ?? []);
    const others = ofSessions.filter((id) => !known.includes(id)).map((id) => named('HealthcareService', id));
    return [...found, ...schedules, ...(await this.owners.read(unique(others), everyone))];
  }
}

/** What names resources of the directory. */
interface DirectoryNames {
  tasks: readonly Task[];
  request: ServiceRequest;
  sessions: readonly Appointment[];
  patient: Patient;
}

/** A summary is read by whoever may read its referral: what bears a stronger label does not stand in it. */
function isNoMoreRestricted({ audience }: Stored, label: 'R' | 'V' | undefined): boolean {
  const own = labelAmong([audience]);
  return own === undefined || own === label || label === 'V';
}

function isSeenByAll({ audience }: Stored, readers: Audience): boolean {
  const organisations = organisationsOf(audience);
  return organisationsOf(readers).every((organisation) => organisations.includes(organisation));
}

function named(type: string, id: string | undefined): ResourceId | undefined {
  return id === undefined ? undefined : { type, id };
}

function unique(ids: readonly (ResourceId | undefined)[]): ResourceId[] {
  return [...new Map(ids.flatMap((one) => (one ? [[`${one.type}/${one.id}`, one] as const] : []))).values()];
}

/** What its owner does not have will not come later: nothing is made of it. */
function needed(stored: readonly Stored[], { type, id }: ResourceId) {
  const [found] = resourcesOfType(
    stored.filter((one) => one.id === id),
    type as 'Task' | 'ServiceRequest' | 'Patient',
  );
  if (found) return found;
  throw FhirError.of('not-found', `The ${type} of the referral is not there.`, { expression: type });
}
