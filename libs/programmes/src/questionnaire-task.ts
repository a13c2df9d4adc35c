// A Task that asks for a questionnaire: the SDC Task profile. https://hl7.org/fhir/uv/sdc/StructureDefinition-sdc-task.html
import { createHash } from 'node:crypto';
import type { Reference, ServiceRequest, Task } from 'fhir/r4';
import { FhirError, idIn } from '#fhir';
import type { TimePointCode } from './definition.js';
import type { Instrument } from './instrument.js';
import { canonicalOf } from './questionnaire-items.js';

const sdc = 'http://hl7.org/fhir/uv/sdc/CodeSystem/temp';
const taskInputSystem = 'https://ginnel.org.uk/fhir/CodeSystem/task-input';
const timePointSystem = 'https://ginnel.org.uk/fhir/CodeSystem/questionnaire-time-point';

export interface QuestionnaireWish {
  /** The Task that the provider accepted: the child of the referral's Task, or that Task itself. */
  accepted: Task;
  request: ServiceRequest;
  instrument: Pick<Instrument, 'id' | 'questionnaire'>;
  timePoint: TimePointCode;
  authoredOn: string;
}

/**
 * The Task that asks a provider to have a questionnaire answered. It hangs on the referral's Task, not on the activity's: a
 * person who changes to another activity is not asked for a second baseline, and a second delivery of the event makes the
 * same Task. The referral service owns Tasks and stores it.
 */
export function questionnaireTaskFor({
  accepted,
  request,
  instrument,
  timePoint,
  authoredOn,
}: QuestionnaireWish): Task {
  const referralId = referralTaskId(accepted);
  const asked = request.subject;
  return {
    resourceType: 'Task',
    id: questionnaireTaskId({ referralId, timePoint, instrumentId: instrument.id }),
    status: 'requested',
    intent: 'order',
    code: { coding: [{ system: sdc, code: 'complete-questionnaire', display: 'Complete Questionnaire' }] },
    basedOn: [{ reference: `ServiceRequest/${required(request.id, 'ServiceRequest.id')}` }],
    partOf: [{ reference: `Task/${referralId}` }],
    for: asked,
    authoredOn,
    ...requesterOf(accepted, request),
    ...(accepted.owner ? { owner: accepted.owner } : {}),
    // the SDC profile forbids a focus where the questionnaire is an input
    input: [
      {
        type: { coding: [{ system: sdc, code: 'questionnaire' }] },
        valueCanonical: canonicalOf(instrument.questionnaire),
      },
      {
        type: { coding: [{ system: taskInputSystem, code: 'time-point' }] },
        valueCoding: { system: timePointSystem, code: timePoint },
      },
    ],
  };
}

/** The Task for the questionnaire before an activity starts. */
export function baselineTaskFor(wish: Omit<QuestionnaireWish, 'timePoint'>): Task {
  return questionnaireTaskFor({ ...wish, timePoint: 'baseline' });
}

/** Readable where it fits into a FHIR id; the last two parts hold no dot, so that two wishes never share an id. */
export function questionnaireTaskId(wish: {
  referralId: string;
  timePoint: TimePointCode;
  instrumentId: string;
}): string {
  const readable = `${wish.referralId}.${wish.timePoint}.${wish.instrumentId}`;
  if (readable.length <= 64 && /^[A-Za-z0-9-]+$/.test(wish.instrumentId)) return readable;
  return createHash('sha256').update(readable).digest('hex');
}

function referralTaskId(accepted: Task): string {
  const [parent] = (accepted.partOf ?? []).flatMap((reference) => idIn(reference, 'Task') ?? []);
  return parent ?? required(accepted.id, 'Task.id');
}

/** Who accepted the referral asks for the form. */
function requesterOf(accepted: Task, request: ServiceRequest): { requester?: Reference } {
  const requester = accepted.owner ?? accepted.requester ?? request.requester;
  return requester ? { requester } : {};
}

function required(value: string | undefined, path: string): string {
  if (value === undefined)
    throw FhirError.of('required', `${path} is needed to ask for a questionnaire.`, { expression: path });
  return value;
}
