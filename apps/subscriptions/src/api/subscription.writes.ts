import { Injectable } from '@nestjs/common';
import type { Subscription } from 'fhir/r4';
import { isPermitted } from '#auth';
import { error, FhirError, type Issue, organisationsOf } from '#fhir';
import { asksWithin } from '#fhir-search';
import { type FhirRequest, ResourceWrites } from '#fhir-server';
import type { Stored, Write } from '#fhir-store';
import { deletionOf, Platform } from '#service';
import { criteriaOf } from '../domain/criteria.js';
import { inStatus, subscriptionIssues } from '../domain/subscription-rules.js';
import { NoteSubscriber } from '../use-cases/note-subscriber.js';

/** A Subscription is its organisation's alone: it names an address of that organisation, and headers that are secrets. */
@Injectable()
export class SubscriptionWrites extends ResourceWrites<Subscription> {
  readonly type = 'Subscription';

  constructor(
    private readonly noteSubscriber: NoteSubscriber,
    private readonly platform: Platform,
  ) {
    super();
  }

  async create(sent: Subscription, request: FhirRequest): Promise<Write[]> {
    const { organisation } = request.caller;
    if (organisation === undefined) {
      throw FhirError.of('forbidden', 'A Subscription belongs to an organisation: call with a token of one.');
    }
    refuse([...statusIssues(sent, ['requested']), ...this.#issues(sent, request)]);
    const id = sent.id ?? request.newId();
    await this.noteSubscriber.execute({ id, version: 1 }, request.caller);
    return [{ interaction: 'create', resource: { ...inStatus(sent, 'active'), id }, audience: [organisation] }];
  }

  /** Any change that leaves it on begins anew: `requested`, or `active` as it was read. */
  async update(resource: Subscription, previous: Stored, request: FhirRequest): Promise<Write[]> {
    const { audience, version } = previous;
    onlyItsOrganisation(previous, request);
    const isOff = resource.status === 'off';
    refuse(isOff ? [] : [...statusIssues(resource, ['requested', 'active']), ...this.#issues(resource, request)]);
    const updated = inStatus(resource, isOff ? 'off' : 'active');
    await this.noteSubscriber.execute({ id: previous.id, version: version + 1 }, request.caller);
    return [{ interaction: 'update', resource: updated, audience, version }];
  }

  /** What waits to be delivered is not delivered then. */
  override delete(previous: Stored, request: FhirRequest): Promise<Write[]> {
    onlyItsOrganisation(previous, request);
    return Promise.resolve([deletionOf(previous)]);
  }

  #issues(resource: Subscription, { caller }: FhirRequest): Issue[] {
    const issues = subscriptionIssues(resource, this.platform.settings.webhookHosts);
    if (issues.length > 0) return issues;
    const query = criteriaOf(resource.criteria);
    const { type } = query;
    if (!(['read', 'search'] as const).every((interaction) => isPermitted(caller, { interaction, type })))
      return [forbidden(`A client of role ${caller.role} may not read a ${type}, so it is not told of any.`)];
    if (asksWithin(caller.audience, query)) return [];
    // It tells its organisation as long as it is there, whoever made it and with which token.
    return [forbidden(`Your scope for ${type} is limited by search parameters: the criteria must hold the same ones.`)];
  }
}

function forbidden(diagnostics: string): Issue {
  return error('forbidden', diagnostics, 'Subscription.criteria');
}

function onlyItsOrganisation({ audience }: Stored, { caller: { organisation } }: FhirRequest): void {
  if (organisation !== undefined && organisationsOf(audience).includes(organisation)) return;
  throw FhirError.of('forbidden', 'A Subscription is changed by the organisation that it belongs to.');
}

function statusIssues({ status }: Subscription, allowed: readonly Subscription['status'][]): Issue[] {
  if (allowed.includes(status)) return [];
  return [
    error('value', `Send the status ${allowed.join(' or ')}; the server sets it to active.`, 'Subscription.status'),
  ];
}

function refuse(issues: readonly Issue[]): void {
  if (issues.length > 0) throw new FhirError(issues, { status: 422 });
}
