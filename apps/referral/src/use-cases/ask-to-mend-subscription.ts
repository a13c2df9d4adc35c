import { Injectable } from '@nestjs/common';
import type { Subscription, Task } from 'fhir/r4';
import { type Audience, everyone } from '#fhir';
import { type Act, FhirStore, type Stored, type Write } from '#fhir-store';
import type { Session } from '#postgres';
import { Platform } from '#service';
import { base } from '../domain/codes.js';

/** A Subscription as its event told. */
export interface SubscriptionChanged {
  id: string;
  /** Undefined where it was deleted. */
  status: Subscription['status'] | undefined;
  /** The organisation that it belongs to. */
  audience: Audience;
}

/** Asks somebody of the organisation to mend a Subscription that is paused: one Task, done by itself when it goes on. */
@Injectable()
export class AskToMendSubscription {
  constructor(
    private readonly store: FhirStore,
    private readonly platform: Platform,
  ) {}

  async execute(changed: SubscriptionChanged, act: Act, tx: Session): Promise<void> {
    const id = `mend-${changed.id}`;
    const stored = await this.store.read('Task', id, everyone, tx);
    const task = stored && !stored.deleted ? (JSON.parse(stored.content) as Task) : undefined;
    const status = statusFor(changed.status);
    if (status === (task?.status ?? 'completed') || (status !== 'requested' && task?.status !== 'requested')) return;
    const time = this.platform.now().toISOString();
    const resource = { ...(task ?? mendTask(id, changed, time)), status, lastModified: time };
    await this.store.commit([writeOf(resource, changed.audience, stored)], act, tx);
  }
}

function statusFor(status: SubscriptionChanged['status']): Task['status'] {
  if (status === 'error') return 'requested';
  return status === undefined || status === 'off' ? 'cancelled' : 'completed';
}

function writeOf(resource: Task, audience: Audience, stored: Stored | undefined): Write {
  if (!stored) return { interaction: 'create', resource, audience };
  return { interaction: 'update', resource, audience, version: stored.version };
}

function mendTask(id: string, { id: subscriptionId, audience }: SubscriptionChanged, authoredOn: string): Task {
  const [organisation] = audience;
  return {
    resourceType: 'Task',
    id,
    status: 'requested',
    intent: 'order',
    code: {
      coding: [
        {
          system: `${base}/CodeSystem/operational-task`,
          code: 'mend-subscription',
          display: 'Mend the Subscription',
        },
      ],
    },
    description:
      'This Subscription is paused: its endpoint takes no calls, or whoever wrote it may do less since; its error says which. ' +
      'See what is wrong, then PUT it with status requested.',
    focus: { reference: `Subscription/${subscriptionId}` },
    authoredOn,
    ...(organisation === undefined ? {} : { owner: { reference: `Organization/${organisation}` } }),
  };
}
