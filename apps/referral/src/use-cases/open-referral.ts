import { Injectable } from '@nestjs/common';
import type { Consent, FhirResource, Patient, Reference, ServiceRequest, Task } from 'fhir/r4';
import type { Caller } from '#auth';
import { type Audience, audienceOf, error, FhirError, idIn, type Issue, restrictedAs } from '#fhir';
import type { Stored, Write } from '#fhir-store';
import { personIsAlive } from '../domain/identity/patient-change.js';
import { childTaskOf, parentTaskOf, type ReferralParties } from '../domain/new-referral.js';
import { withSignedNotes, writerOf } from '../domain/task-notes.js';
import { sentToWait } from '../domain/waiting.js';
import { JudgeActivity } from './directory/judge-activity.js';
import { JudgeConsent } from './judge-consent.js';
import { ProviderDirectory } from './provider-directory.js';
import { SendFirstPart } from './send-first-part.js';
import { ShareReferral } from './share-referral.js';

export interface NewReferral {
  /** With id and literal references. */
  request: ServiceRequest;
  /** The requester's own Task for it, where it sent one. */
  task?: Task;
  /** Id of the HealthcareService that was addressed; by default the performer of the ServiceRequest says it. */
  service?: string;
  caller: Caller;
  /** Those that come with it. */
  consents?: readonly Consent[];
  /** What other services write in the same transaction. */
  planned?: readonly Stored[] | undefined;
  /** The other resources of the same transaction. */
  siblings?: readonly FhirResource[];
  now: Date;
  newId: () => string;
}

export interface OpenedReferral {
  parties: ReferralParties;
  audience: Audience;
  parent: Task;
  child: Task;
  /** ServiceRequest, parent and child, and the records that become seen with them. */
  writes: Write[];
}

/** Makes the Tasks of an active ServiceRequest: one for the referral, one for the provider's activity. */
@Injectable()
export class OpenReferral {
  constructor(
    private readonly directory: ProviderDirectory,
    private readonly shareReferral: ShareReferral,
    private readonly judgeConsent: JudgeConsent,
    private readonly judgeActivity: JudgeActivity,
    private readonly sendFirstPart: SendFirstPart,
  ) {}

  async execute({
    request,
    task,
    service,
    caller,
    planned,
    siblings,
    consents = siblings?.filter((one) => one.resourceType === 'Consent') ?? [],
    now,
    newId,
  }: NewReferral): Promise<OpenedReferral> {
    onlyRequestersRefer(caller);
    const parties = await this.partiesOf(request, caller, { service, planned });
    await this.judgeConsent.refuseReferral(request.subject, { owner: parties.owner, consents });
    const expression = service === undefined ? 'ServiceRequest.performer' : 'MessageHeader.destination';
    const { activity } = parties;
    const judged = await this.judgeActivity.execute({ activity, request, now, planned, expression });
    const audience = audienceOf(idIn(parties.requester, 'Organization'), idIn(parties.owner, 'Organization'));
    const authoredOn = now.toISOString();
    const made = { authoredOn, lastModified: authoredOn };
    const own = { id: newId(), authoredOn, ...(task ? { task: withSignedNotes(task, writerOf(caller, now)) } : {}) };
    const parent = restrictedAs({ ...parentTaskOf(request, parties, own), ...made }, request, task);
    const part: Task = { ...childTaskOf(request, parties, { id: newId(), authoredOn, parent }), ...made };
    const sent = restrictedAs(judged === 'waiting' ? sentToWait(part) : part, parent);
    const child = await this.sendFirstPart.execute(sent, now);
    return {
      parties,
      audience,
      parent,
      child,
      writes: [
        { interaction: 'create', resource: request, audience, event: 'referral-sent.v1' },
        { interaction: 'create', resource: parent, audience, event: 'referral-opened.v1' },
        { interaction: 'create', resource: child, audience, event: 'referral-requested.v1' },
        ...(await this.showNamed(request, { audience, sharer: caller, siblings })),
      ],
    };
  }

  /** Lets those who see a referral see what it names. */
  showNamed(
    request: ServiceRequest,
    {
      siblings = [],
      ...sharing
    }: { audience: Audience; sharer: Caller; siblings: readonly FhirResource[] | undefined },
  ): Promise<Write[]> {
    return this.shareReferral.named(request, { ...sharing, siblings });
  }

  /** Who asks and who provides. The caller's organisation is the requester: a message cannot speak for another one. */
  async partiesOf(
    request: ServiceRequest,
    caller: Caller,
    { service, planned }: Pick<NewReferral, 'planned'> & { service?: string | undefined } = {},
  ): Promise<ReferralParties> {
    const performer: { owner: Reference; activity?: Reference } =
      service === undefined
        ? await this.directory.performerOf(request, planned)
        : await this.directory.providerOf(service, 'MessageHeader.destination');
    const { owner, activity } = performer;
    return { requester: requesterOf(request, caller), owner, ...(activity ? { activity } : {}) };
  }
}

/** What a referral must say before it may be sent, whichever way it comes. */
export function referralIsComplete(request: ServiceRequest, patient: Patient | undefined): Issue[] {
  return [
    ...(patient
      ? []
      : [
          error(
            'not-found',
            'ServiceRequest.subject names no Patient that you sent or may see.',
            'ServiceRequest.subject',
          ),
        ]),
    ...personIsAlive(patient, 'ServiceRequest.subject'),
    ...(request.intent === 'proposal' || request.intent === 'option'
      ? [
          error(
            'business-rule',
            `A referral that is sent is a plan or an order, not a ${request.intent}.`,
            'ServiceRequest.intent',
          ),
        ]
      : []),
  ];
}

/** Whichever way a referral comes: as a resource, in a transaction or as a message. */
function onlyRequestersRefer({ role }: Caller): void {
  if (role === 'practice' || role === 'integrator') return;
  throw FhirError.of('forbidden', `A referral is sent by the requesting side, not by a ${role}.`);
}

function requesterOf(request: ServiceRequest, caller: Caller): Reference {
  const named = idIn(request.requester, 'Organization');
  if (caller.organisation === undefined) {
    if (named !== undefined) return { reference: `Organization/${named}` };
    throw FhirError.of(
      'required',
      'A caller without an organisation names the requesting Organization in ServiceRequest.requester.',
      {
        expression: 'ServiceRequest.requester',
        status: 422,
      },
    );
  }
  if (named !== undefined && named !== caller.organisation) {
    throw FhirError.of('forbidden', 'ServiceRequest.requester is another organisation than the one you act for.', {
      expression: 'ServiceRequest.requester',
    });
  }
  return { reference: `Organization/${caller.organisation}` };
}
