import { Injectable } from '@nestjs/common';
import type { Subscription } from 'fhir/r4';
import { isPermitted } from '#auth';
import { error, FhirError, type Issue, organisationsOf } from '#fhir';
import { asksWithin } from '#fhir-search';
import { type FhirRequest, ResourceWrites } from '#fhir-server';
import type { Stored, Write } from '#fhir-store';
import { deletionOf, Platform } from '#service';
import { subscriptionProfile, topicExtension } from '../domain/backport.js';
import { notPublicHost } from '../domain/endpoint.js';
import { hasEnded, inStatus, subscriptionIssues } from '../domain/subscription-rules.js';
import { namesTopic, topics, topicUrl } from '../domain/topics.js';
import { withSecret } from '../domain/webhook-secret.js';
import { wishOf } from '../domain/wish.js';
import { leadsInside } from '../use-cases/egress-route.js';
import { NoteSubscriber } from '../use-cases/note-subscriber.js';
import { onlyItsOrganisation } from './own-subscription.js';

/** A Subscription is its organisation's alone: it names an address of that organisation, and headers that are secrets. */
@Injectable()
export class SubscriptionWrites extends ResourceWrites<Subscription> {
  readonly type = 'Subscription';
  /** https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/components.html#subscription-topics-in-r4 */
  override readonly capabilities = {
    supportedProfile: [subscriptionProfile],
    extension: topics.map((topic) => ({ url: topicExtension, valueCanonical: topicUrl(topic) })),
  };

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
    await this.#refusePrivateHost(sent);
    const id = sent.id ?? request.newId();
    await this.noteSubscriber.turnedOn({ id, version: 1 }, organisation, request.caller);
    const resource = { ...withSecret(inStatus(sent, firstStatus(sent))), id };
    return [{ interaction: 'create', resource, audience: [organisation] }];
  }

  /** Any change that leaves it on begins anew, where it listens to a topic with a handshake: `requested`, or `active` as it was read. */
  async update(resource: Subscription, previous: Stored, request: FhirRequest): Promise<Write[]> {
    const { audience, version } = previous;
    onlyItsOrganisation(previous, request);
    const isOff = resource.status === 'off';
    const before = JSON.parse(previous.content) as Subscription;
    const updated = withSecret(inStatus(resource, isOff ? 'off' : firstStatus(resource)), before);
    // With the secret that it keeps: nobody looked at one that came while it was off.
    refuse(isOff ? [] : [...statusIssues(resource, ['requested', 'active']), ...this.#issues(updated, request)]);
    if (!isOff) await this.#refusePrivateHost(resource);
    const noted = { id: previous.id, version: version + 1 };
    const [organisation = ''] = organisationsOf(audience);
    if (before.status === 'off' && !isOff) await this.noteSubscriber.turnedOn(noted, organisation, request.caller);
    else await this.noteSubscriber.execute(noted, request.caller);
    return [{ interaction: 'update', resource: updated, audience, version }];
  }

  /** What waits to be delivered is not delivered then. */
  override async delete(previous: Stored, request: FhirRequest): Promise<Write[]> {
    onlyItsOrganisation(previous, request);
    await this.noteSubscriber.forgetWay(previous.id);
    return [deletionOf(previous)];
  }

  /** A name may lead to a machine beside us. One that leads nowhere yet is looked at when it is called. */
  async #refusePrivateHost({ channel }: Subscription): Promise<void> {
    if (await leadsInside(channel.endpoint ?? '', this.platform.settings)) {
      refuse([error('value', notPublicHost, 'Subscription.channel.endpoint')]);
    }
  }

  #issues(resource: Subscription, { caller, now }: FhirRequest): Issue[] {
    const issues = subscriptionIssues(resource, this.platform.settings.webhookHosts);
    if (issues.length > 0) return issues;
    if (resource.status !== 'off' && hasEnded(resource, now)) {
      return [error('value', 'This end has passed: nothing would be told.', 'Subscription.end')];
    }
    const { query } = wishOf(resource);
    const { type } = query;
    if (!(['read', 'search'] as const).every((interaction) => isPermitted(caller, { interaction, type })))
      return [forbidden(`A client of role ${caller.role} may not read a ${type}, so it is not told of any.`)];
    if (asksWithin(caller.audience, query)) return [];
    // It tells its organisation as long as it is there, whoever made it and with which token.
    return [forbidden(`Your scope for ${type} is limited by search parameters: the criteria must hold the same ones.`)];
  }
}

/** A topic's endpoint has to answer first. */
function firstStatus({ criteria }: Subscription): 'requested' | 'active' {
  return namesTopic(criteria) ? 'requested' : 'active';
}

function forbidden(diagnostics: string): Issue {
  return error('forbidden', diagnostics, 'Subscription.criteria');
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
