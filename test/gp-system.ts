import { randomUUID } from 'node:crypto';
import type { Bundle, Communication, Endpoint, FhirResource, Task } from 'fhir/r4';
import { eventually } from './eventually.js';
import { messageFor } from './messages.js';
import type { As } from './referral-actors.js';
import { type Answer as Answering, type Received, startReceiver, type WebhookReceiver } from './webhook-receiver.js';
import type { World } from './world.js';

export const returnAddress = { system: 'https://fhir.nhs.uk/Id/dos-service-id', value: '2000099901' };

/** A referral that went out as a message. */
export interface SentReferral {
  message: Bundle;
  correlationId: string;
  request: string;
  /** The referral's own Task, and its provider's. */
  parent: string;
  part: string;
}

/** What a receiver of BaRS answers: both ids come back. */
export function answered(status: number, body?: object): Answering {
  return (response, { headers }) => {
    response.writeHead(status, {
      'content-type': 'application/fhir+json',
      'x-request-id': headers['x-request-id'],
      'x-correlation-id': headers['x-correlation-id'],
    });
    response.end(JSON.stringify(body ?? { resourceType: 'Bundle', type: 'message', id: randomUUID() }));
  };
}

export function outcomeOf(issueCode: string, barsCode: string): object {
  const system = 'https://fhir.nhs.uk/Codesystem/http-error-codes';
  const issue = { severity: 'error', code: issueCode, details: { coding: [{ system, code: barsCode }] } };
  return { resourceType: 'OperationOutcome', issue: [issue] };
}

/** A GP's system that sends referrals as messages, and takes the responses at its return address. */
export class GpSystem {
  answer: Answering = answered(200);

  private constructor(
    private readonly world: World,
    readonly receiver: WebhookReceiver,
  ) {}

  static async start(world: World): Promise<GpSystem> {
    const receiver = await startReceiver((response, received, at) => {
      gp.answer(response, received, at);
    });
    const gp: GpSystem = new GpSystem(world, receiver);
    return gp;
  }

  get taken(): Received[] {
    return this.receiver.received;
  }

  /** Those that answer this referral, in the order in which they came. */
  responsesTo({ message }: SentReferral): Bundle[] {
    const bundles = this.taken.map(({ body }) => JSON.parse(body) as Bundle);
    return bundles.filter((bundle) => headerOf(bundle).response?.identifier === message.id);
  }

  /** Tells the directory where the return address leads. */
  async listen(more: Partial<Endpoint> = {}): Promise<Endpoint> {
    const answer = await this.world.send<Endpoint>('integrator', {
      method: 'POST',
      path: '/fhir/Endpoint',
      body: endpointAt(this.receiver.url('/FHIR/R4'), more),
    });
    if (answer.status !== 201) throw new Error(answer.text);
    return answer.body;
  }

  async refer(message: Bundle = messageFor()): Promise<SentReferral> {
    const correlationId = randomUUID();
    const headers = { 'x-request-id': randomUUID(), 'x-correlation-id': correlationId };
    const answer = await this.world.send<Bundle>('practice', {
      ...{ method: 'POST', path: '/fhir/$process-message', body: message, headers },
    });
    if (answer.status !== 200) throw new Error(answer.text);
    const request = resourceIn(answer.body, 'ServiceRequest')?.id ?? '';
    const tasks = await this.search<Task>('practice', `Task?focus=ServiceRequest/${request}`);
    const idOf = (parted: boolean) => tasks.find(({ partOf }) => (partOf !== undefined) === parted)?.id ?? '';
    return { message, correlationId, request, parent: idOf(false), part: idOf(true) };
  }

  /** The messages about a referral, in their order. */
  async messagesAbout({ parent }: SentReferral, as: As = 'practice'): Promise<Communication[]> {
    const found = await this.search<Communication>(
      as,
      `Communication?part-of=Task/${parent}&category=response-message`,
    );
    return found.sort((a, b) => numberOf(a) - numberOf(b));
  }

  /** Once the messages about a referral are so. */
  async untilStatuses(referral: SentReferral, wished: readonly string[]): Promise<Communication[]> {
    return eventually(
      () => this.messagesAbout(referral),
      (found) => JSON.stringify(found.map(({ status }) => status)) === JSON.stringify(wished),
    );
  }

  async search<R>(as: As, query: string): Promise<R[]> {
    const { body } = await this.world.send<Bundle>(as, { path: `/fhir/${query}` });
    return (body.entry ?? []).map(({ resource }) => resource as R);
  }
}

export function endpointAt(address: string, more: Partial<Endpoint> = {}): Endpoint {
  return {
    resourceType: 'Endpoint',
    identifier: [returnAddress],
    status: 'active',
    connectionType: {
      system: 'http://terminology.hl7.org/CodeSystem/endpoint-connection-type',
      code: 'hl7-fhir-msg',
    },
    payloadType: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/endpoint-payload-type', code: 'any' }] }],
    managingOrganization: { reference: 'Organization/worth-valley-practice' },
    address,
    ...more,
  };
}

export function resourceIn<R extends FhirResource>(bundle: Bundle, type: R['resourceType']): R | undefined {
  return bundle.entry?.find(({ resource }) => resource?.resourceType === type)?.resource as R | undefined;
}

export function headerOf(bundle: Bundle): Extract<FhirResource, { resourceType: 'MessageHeader' }> {
  const header = resourceIn<Extract<FhirResource, { resourceType: 'MessageHeader' }>>(bundle, 'MessageHeader');
  if (!header) throw new Error('The Bundle is no message.');
  return header;
}

/** Ginnel's business status of the Task in a response. */
export function saidBy(bundle: Bundle): string | undefined {
  return resourceIn<Task>(bundle, 'Task')?.businessStatus?.coding?.[0]?.code;
}

export function numberOf({ extension }: Communication): number {
  return extension?.find(({ url }) => url.endsWith('/message-number'))?.valuePositiveInt ?? 0;
}
