import type { Appointment, Slot, Task } from 'fhir/r4';
import type { Referred } from './find-and-refer.js';
import { base, businessStatus, idOf, moveTask, type Stage } from './stage.js';

/** The first choice is full, another activity is taken, and a session is attended. */
export async function attendSessions(
  stage: Stage,
  { referred, task }: { referred: Referred; task: string },
): Promise<void> {
  const { cast, narrator, now } = stage;
  narrator.chapter('Sessions: the first choice is full, another is taken');
  const provider = cast['provider-khl'];
  const wished = await narrator.step<Slot>('They look at the next session of Staying Steady.', () =>
    provider.read({ resourceType: 'Slot', id: 'staying-steady-1' }),
  );
  await narrator.refusal('It has no place left.', 409, () =>
    provider.create({ resourceType: 'Appointment', body: appointment(referred, wished) as never }),
  );
  await moveTask(stage, provider, {
    words: 'Ballet-Be-Fit is offered instead, and she likes the idea.',
    id: task,
    change: (current) => ({
      ...current,
      businessStatus: businessStatus('activity-changed'),
      input: [...(current.input ?? []), changedActivity('ballet-be-fit', 'Ballet-Be-Fit')],
    }),
  });
  const slot = await narrator.step<Slot>('They open a session of Ballet-Be-Fit with eight places.', () =>
    provider.create({ resourceType: 'Slot', body: session(now()) as never }),
  );
  const booked = await narrator.step<Appointment>('A place is booked.', () =>
    provider.create({ resourceType: 'Appointment', body: appointment(referred, slot) as never }),
  );
  await moveTask(stage, provider, {
    words: 'She starts.',
    id: task,
    change: (current) => ({
      ...current,
      status: 'in-progress',
      businessStatus: businessStatus('started'),
      executionPeriod: { start: now().toISOString() },
    }),
  });
  await narrator.step('She was there.', () =>
    provider.update({
      resourceType: 'Appointment',
      id: idOf(booked),
      body: { ...booked, status: 'fulfilled' },
    }),
  );
  await moveTask(stage, provider, {
    words: 'The session is noted.',
    id: task,
    change: (current): Task => ({ ...current, businessStatus: businessStatus('session-recorded') }),
  });
}

function appointment(referred: Referred, slot: Slot): Appointment {
  return {
    resourceType: 'Appointment',
    status: 'booked',
    basedOn: [{ reference: `ServiceRequest/${referred.request}` }],
    start: slot.start,
    end: slot.end,
    slot: [{ reference: `Slot/${idOf(slot)}` }],
    participant: [{ actor: { reference: `Patient/${referred.patient}` }, status: 'accepted' }],
  };
}

function session(now: Date): Slot {
  const start = new Date(now.getTime() + 7 * 24 * 3_600_000);
  const end = new Date(start.getTime() + 3_600_000);
  return {
    resourceType: 'Slot',
    schedule: { reference: 'Schedule/ballet-be-fit' },
    status: 'free',
    start: start.toISOString(),
    end: end.toISOString(),
    extension: [{ url: `${base}/StructureDefinition/places`, valuePositiveInt: 8 }],
  };
}

function changedActivity(id: string, display: string) {
  return {
    type: { coding: [{ system: `${base}/CodeSystem/task-input`, code: 'activity' }] },
    valueReference: { reference: `HealthcareService/${id}`, display },
  };
}
