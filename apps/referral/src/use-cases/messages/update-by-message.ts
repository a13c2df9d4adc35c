import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { FhirResource, Reference, ServiceRequest } from 'fhir/r4';
import { bearsLabel, FhirError, idIn, type Issue, resourceIdOf, restrictedAs, warning } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import type { Write } from '#fhir-store';
import type { ReferralMessage } from '../../domain/bars/index.js';
import { besideContained, containing } from '../../domain/contained.js';
import { embed } from '../../domain/embed.js';
import { messageIdentifier } from '../../domain/message-identifier.js';
import { alsoNaming, leftOutRemarks, namingRecords, partsOf, pathOf } from '../../domain/message-parts.js';
import { placeOf, ridingNamedBy } from '../../domain/riding.js';
import { followPriority } from '../follow-priority.js';
import { JudgeConsent, refuseUnheard, withholds } from '../judge-consent.js';
import { RecognisePatient, remarksUnder } from '../recognise-patient.js';
import { ReferralTasks } from '../referral-tasks.js';
import { requestersOwn, withMessageId } from './cancel-by-message.js';
import type { KnownOfMessage } from './known-message.js';
import { keptAs, LinkMessage } from './link-message.js';
import { RepeatedParts } from './repeated-parts.js';
import type { TakenMessage } from './taken-message.js';

/**
 * Takes a newer message about a validation: its ServiceRequest becomes a new version, what it says of the person's state is
 * added, unless it was said before, and nothing that was sent before is lost.
 */
@Injectable()
export class UpdateByMessage {
  constructor(
    private readonly linkMessage: LinkMessage,
    private readonly recognisePatient: RecognisePatient,
    private readonly judgeConsent: JudgeConsent,
    private readonly repeatedParts: RepeatedParts,
    private readonly tasks: ReferralTasks,
  ) {}

  async execute(message: ReferralMessage, known: KnownOfMessage, request: FhirRequest): Promise<TakenMessage> {
    const { stored, resource: before, parent } = requestersOwn(known, request);
    const { newId, now } = request;
    const parts = partsOf(message);
    refuseUnheard(parts, message);
    const { patient, records, answers } = parts;
    const person = idIn(before.subject, 'Patient') ?? '';
    const recognised = await this.recognisePatient.execute(patient, request, { person });
    // The consent to share is here since the first message; one that withholds is news, and stays none to be lost.
    const made = [...records, ...answers].filter((one) => one.resourceType !== 'Consent' || withholds(one, person));
    const fresh = new Map<FhirResource, string>([
      [message.serviceRequest, stored.id],
      [patient, person],
      ...made.map((one) => [one, newId()] as const),
    ]);
    const linked = { ids: fresh, links: await this.linkMessage.execute(message, fresh) };
    const spokenOf = { person, request: before, audience: stored.audience, reader: request.caller.audience };
    const { ids, links, repeated } = await this.repeatedParts.execute(made, linked, spokenOf);
    const settled = <R extends FhirResource>(one: R): R => ({ ...embed(one, links), id: ids.get(one) });
    for (const consent of made.filter((one) => one.resourceType === 'Consent')) {
      await this.judgeConsent.execute(settled(consent), request.caller);
    }
    const { audience, version } = stored;
    const said = namingRecords(settled(message.serviceRequest), parts, ids);
    const after = restrictedAs(withHold(updated(before, said), message.timestamp), said);
    refuseHiding(after, message, request);
    const spoken = embed(patient, links);
    const writes: Write[] = [
      { interaction: 'update', resource: after, audience, version },
      ...(await followPriority([before, after], this.tasks, request.now)),
      // What is told of somebody else under this referral changes nobody's record.
      ...(recognised.id === person ? recognised.writes(spoken, audience) : []),
      ...made
        .filter((one) => records.includes(one) && !repeated.has(one))
        .map(settled)
        .map((one): Write => ({
          interaction: 'create',
          resource: restrictedAs(one, after),
          audience,
          persons: [person],
        })),
      {
        interaction: 'create',
        resource: keptAs(message, newId(), { ids, links, about: after }),
        audience,
        persons: [person],
        event: 'message-received.v1',
      },
    ];
    return {
      writes: withMessageId(writes, parent, messageIdentifier(message, now)),
      target: { type: 'ServiceRequest', id: stored.id },
      ids,
      remarks: [
        ...remarksUnder(recognised, { person, record: known.person, said: spoken }),
        ...leftOutRemarks(parts, message),
        ...(isHeld(message.serviceRequest) ? [held] : []),
      ],
      states: new Map([[message.serviceRequest, { status: after.status }]]),
    };
  }
}

const held: Issue = warning(
  'informational',
  'A ServiceRequest stays active here while its sender holds it; the provider reads of it in ServiceRequest.note.',
  'ServiceRequest.status',
);

/** As where a ServiceRequest is updated otherwise: nobody takes it from sight with a label that he could not take away. */
function refuseHiding({ meta }: ServiceRequest, message: ReferralMessage, { caller }: FhirRequest): void {
  if (bearsLabel(caller.audience, meta?.security)) return;
  const diagnostics =
    'You would not see it again: a record is labelled restricted with the scope that shows such records.';
  throw FhirError.of('forbidden', diagnostics, {
    expression: `${pathOf(message.serviceRequest, message)}.meta.security`,
  });
}

function isHeld({ status }: ServiceRequest): boolean {
  return status === 'on-hold';
}

const heldNote = 'The requester has put this on hold.';

/** A referral here is open or has ended; that its sender holds it is told to those who work on it. */
function withHold(request: ServiceRequest, time: string): ServiceRequest {
  if (!isHeld(request)) return request;
  const note = { time, text: heldNote };
  return { ...request, status: 'active', note: [...(request.note ?? []), note] };
}

/**
 * As the message has it, but for whom it is, who asked, who was asked and what kind of request it is. Notes and records of the
 * messages before stay with it; that it was on hold is said as long as it is.
 */
function updated(before: ServiceRequest, sent: ServiceRequest): ServiceRequest {
  const said = besideContained(sent, before.contained);
  const { subject, requester, performer, identifier, category, meta } = before;
  const parties = Object.fromEntries(
    Object.entries({ subject, requester, performer, identifier, category, meta }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  const note = distinct([...(before.note ?? []).filter(({ text }) => text !== heldNote), ...(said.note ?? [])]);
  const request = {
    ...(before.encounter ? { encounter: before.encounter } : {}),
    ...said,
    ...parties,
    ...(note.length > 0 ? { note } : {}),
  };
  return containing(alsoNaming(request, recordsNamedBy(before)), before.contained, said.contained);
}

/** What is here of what it names, wherever it does. */
function recordsNamedBy(request: ServiceRequest): Reference[] {
  const known = (request.supportingInfo ?? []).filter((one) => resourceIdOf(one) !== undefined);
  return [...known, ...ridingNamedBy(request).map((id) => ({ reference: placeOf(id) }))];
}

function distinct<T>(some: readonly T[]): T[] {
  return some.filter((one, at) => some.findIndex((other) => isDeepStrictEqual(one, other)) === at);
}
