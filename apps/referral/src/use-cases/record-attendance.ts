import { Injectable } from '@nestjs/common';
import type { Appointment, Bundle, BundleEntry, FhirResource, Flag, Slot, Task } from 'fhir/r4';
import type { Caller } from '#auth';
import { FhirError, idIn, parseDateTime, parseJson, restrictedAs } from '#fhir';
import { FhirStore } from '#fhir-store';
import { activitiesOf } from '../domain/activities.js';
import { actorsOf } from '../domain/actors.js';
import { base, businessStatus, businessStatusOf, occurredAtExtension } from '../domain/codes.js';
import { withExtensions } from '../domain/extensions.js';
import { saidOf, timeOf } from '../domain/turn-time.js';
import { missedWaiting } from '../domain/waiting.js';
import { ProviderDirectory } from './provider-directory.js';
import { ReferralTasks } from './referral-tasks.js';

export interface Attendance {
  /** Id of the Slot. */
  slot: string;
  /** Ids of Appointments. */
  attended: readonly string[];
  missed: readonly string[];
  concern: readonly string[];
  /** dateTime */
  occurredAt?: string;
}

interface Attended {
  appointment: Appointment;
  slot: Slot;
  came: boolean;
  isConcern: boolean;
  at: string;
}

/** The writes that the attendance of one session comes to; who may make them is judged as of any others. */
@Injectable()
export class RecordAttendance {
  constructor(
    private readonly store: FhirStore,
    private readonly directory: ProviderDirectory,
    private readonly tasks: ReferralTasks,
  ) {}

  async execute(attendance: Attendance, caller: Caller): Promise<Bundle> {
    refuseDouble(attendance);
    const slot = await this.directory.slot(attendance.slot);
    if (!slot) throw FhirError.of('not-found', 'The parameter slot names no Slot of the directory.', { status: 422 });
    const { attended, missed, concern, occurredAt: at = slot.start } = attendance;
    const entry: BundleEntry[] = [];
    for (const id of [...attended, ...missed]) {
      const appointment = await this.#appointment(id, attendance.slot, caller);
      const one = { appointment, slot, came: attended.includes(id), isConcern: concern.includes(id), at };
      entry.push(...(await this.#entriesOf(one, caller)));
    }
    return { resourceType: 'Bundle', type: 'transaction', entry };
  }

  async #appointment(id: string, slot: string, { audience }: Caller): Promise<Appointment> {
    const stored = await this.store.read('Appointment', id, audience);
    const appointment = stored && !stored.deleted ? (parseJson(stored.content) as Appointment) : undefined;
    if (appointment?.slot?.some((one) => idIn(one, 'Slot') === slot) === true) return appointment;
    const diagnostics = `Appointment/${id} is none of this session that you may see.`;
    throw FhirError.of('not-found', diagnostics, { status: 422 });
  }

  async #entriesOf(one: Attended, caller: Caller): Promise<BundleEntry[]> {
    const { appointment, came, isConcern } = one;
    const task = await this.#taskOf(one, caller);
    return [
      put({ ...appointment, status: statusOf(came) }),
      ...(task && mayBeTold(task, came) && !isTold(task, one) ? [put(turned(task, one))] : []),
      ...(isConcern ? [concernAbout(appointment, task)] : []),
    ];
  }

  /** The caller's own part of the referral that the session is of; of several, the one of the session's activity. */
  async #taskOf({ appointment: { basedOn }, slot }: Attended, caller: Caller): Promise<Task | undefined> {
    const requestId = idIn(basedOn?.[0], 'ServiceRequest');
    const parts = requestId === undefined ? [] : await this.tasks.partsFor(requestId);
    const own = parts.map(({ task }) => task).filter((task) => actorsOf(task, caller).includes('provider'));
    if (own.length < 2) return own[0];
    const activity = await this.directory.activityOf(slot);
    const named = own.filter((task) => activity !== undefined && activitiesOf(task).includes(activity));
    const meant = named.length > 0 ? named : own;
    return meant.find((task) => mayBeTold(task, false)) ?? meant[0];
  }
}

/** As the table has it: a session is of what is in progress, and one may be missed before that. */
function mayBeTold({ status }: Task, came: boolean): boolean {
  return status === 'in-progress' || (status === 'accepted' && !came);
}

/** The second delivery says nothing new, also where the Task has moved on since the first. */
function isTold(task: Task, { appointment, came, at }: Attended): boolean {
  if (!came && missedWaiting(task, at)) return true;
  const time = timeOf(task);
  if (time === undefined) return false;
  const since = parseDateTime(time) - parseDateTime(at);
  const isLast = businessStatusOf(task) === turnOf(came) && since === 0;
  return isLast || (appointment.status === statusOf(came) && since > 0);
}

function statusOf(came: boolean): 'fulfilled' | 'noshow' {
  return came ? 'fulfilled' : 'noshow';
}

function turnOf(came: boolean): 'session-recorded' | 'dna' {
  return came ? 'session-recorded' : 'dna';
}

function turned(task: Task, { came, at }: Attended): Task {
  const said = { url: occurredAtExtension, valueDateTime: saidOf(task, at) };
  const dated = withExtensions(task, occurredAtExtension, [said]);
  return { ...dated, businessStatus: businessStatus(turnOf(came)) };
}

/** Seen by both sides of the Task; once of each Appointment. */
function concernAbout(appointment: Appointment, task: Task | undefined): BundleEntry<Flag> {
  const { id = '', participant } = appointment;
  const patient = participant.map(({ actor }) => actor).find((actor) => idIn(actor, 'Patient') !== undefined);
  const identifier = { system: `${base}/Id/attendance-concern`, value: id };
  const resource: Flag = {
    resourceType: 'Flag',
    identifier: [identifier],
    status: 'active',
    category: [{ coding: [{ system: 'https://fhir.nhs.uk/CodeSystem/flag-categories-bars', code: 'SG' }] }],
    code: { text: 'Did not attend: safeguarding concern' },
    subject: task?.for ?? patient ?? {},
    ...(task?.id === undefined
      ? {}
      : {
          extension: [
            {
              url: `${base}/StructureDefinition/record-task`,
              valueReference: { reference: `Task/${task.id}` },
            },
          ],
        }),
  };
  const ifNoneExist = `identifier=${identifier.system}|${identifier.value}`;
  return { resource: restrictedAs(resource, appointment, task), request: { method: 'POST', url: 'Flag', ifNoneExist } };
}

/** Of the version that was read: what somebody else told meanwhile is not taken back. */
function put(resource: FhirResource): BundleEntry {
  const ifMatch = `W/"${resource.meta?.versionId ?? ''}"`;
  return { resource, request: { method: 'PUT', url: `${resource.resourceType}/${resource.id ?? ''}`, ifMatch } };
}

function refuseDouble({ attended, missed, concern }: Attendance): void {
  const all = [...attended, ...missed];
  if (all.length === 0) throw FhirError.of('required', 'Say who came (attended) or who did not (missed).');
  if (new Set(all).size !== all.length) throw FhirError.of('value', 'Each Appointment is named once.');
  if (concern.every((one) => missed.includes(one))) return;
  throw FhirError.of('value', 'A concern is about somebody who did not come: name the Appointment in missed, too.');
}
