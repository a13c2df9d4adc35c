import { randomUUID } from 'node:crypto';
import type { Bundle, FhirResource, Patient, ServiceRequest } from 'fhir/r4';
import { referralMessage } from '#client';
import { requestFor } from '../referral-actors.js';
import { type Activity, type Practice } from './cast.js';
import type { Chance } from './chance.js';
import type { Courier } from './courier.js';

const dos = 'https://fhir.nhs.uk/Id/dos-service-id';
const ods = 'https://fhir.nhs.uk/Id/ods-organization-code';

/** A referral that was taken. */
export interface Begun {
  patient: string;
  request: string;
  /** The message that it came by. */
  message?: Bundle;
}

export interface Sending {
  referral: number;
  practice: Practice;
  activity: Activity;
}

/** The three ways in; nothing where it was refused. */
export class Sender {
  constructor(
    private readonly courier: Courier,
    private readonly chance: Chance,
  ) {}

  send(sending: Sending): Promise<Begun | undefined> {
    if (sending.practice.way === 'message') return this.#byMessage(sending);
    return sending.practice.way === 'resource' ? this.#byResource(sending) : this.#byTransaction(sending);
  }

  async #byMessage({ referral, practice, activity }: Sending): Promise<Begun | undefined> {
    const { provider, service } = activity;
    const message = referralMessage(
      {
        patient: personOf(referral),
        service: { system: dos, value: service },
        receiver: { name: provider.name, identifier: { system: ods, value: provider.ods } },
        sender: {
          name: practice.organisation,
          identifier: { system: ods, value: practice.ods },
          returnAddress: { system: dos, value: practice.returnAddress },
          software: 'Invented GP system',
        },
        agreed: true,
      },
      new Date(this.chance.at()),
    );
    const { isTaken } = await this.courier.write(
      {
        ...{ by: practice.client, what: 'send by message', referral, method: 'POST', path: '/$process-message' },
        ...{ body: message, byRequestId: true, makes: { requests: 1, parts: 1 } },
      },
      this.chance.random,
    );
    if (!isTaken) return undefined;
    // The answer may have been lost: what came of the message is found by what it was about.
    const found = await this.courier.read<Bundle<ServiceRequest>>(
      practice.client,
      `/ServiceRequest?patient.birthdate=${personOf(referral).birthDate ?? ''}&patient.family=${familyOf(referral)}`,
    );
    const request = found.entry?.[0]?.resource;
    return request ? { ...begun(request), message } : undefined;
  }

  async #byResource(sending: Sending): Promise<Begun | undefined> {
    const { referral, practice, activity } = sending;
    const patient = randomUUID();
    const path = `/Patient?identifier=${invented}|${patient}`;
    const person = { ...personOf(referral), identifier: [{ system: invented, value: patient }] };
    await this.#post(sending, 'record the person', person);
    const known = (await this.courier.read<Bundle<Patient>>(practice.client, path)).entry?.[0]?.resource?.id ?? '';
    const wish = { ...requestFor(`Patient/${known}`, activity.id), identifier: [{ system: invented, value: patient }] };
    const isTaken = await this.#post(sending, 'send by resource', wish, { requests: 1, parts: 1 });
    return isTaken ? this.#found(practice, patient) : undefined;
  }

  async #byTransaction(sending: Sending): Promise<Begun | undefined> {
    const patient = randomUUID();
    const url = `urn:uuid:${patient}`;
    const identifier = [{ system: invented, value: patient }];
    const wish: ServiceRequest = { ...requestFor(url, sending.activity.id), identifier };
    const body: Bundle = {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        { fullUrl: url, resource: personOf(sending.referral), request: { method: 'POST', url: 'Patient' } },
        { resource: wish, request: { method: 'POST', url: 'ServiceRequest' } },
      ],
    };
    const isTaken = await this.#post(sending, 'send by transaction', body, { requests: 1, parts: 1 });
    return isTaken ? this.#found(sending.practice, patient) : undefined;
  }

  async #post(
    { referral, practice }: Sending,
    what: string,
    ...[body, makes]: [FhirResource, { requests: number; parts: number }?]
  ): Promise<boolean> {
    const path = body.resourceType === 'Bundle' ? '' : `/${body.resourceType}`;
    const ask = {
      by: practice.client,
      what,
      referral,
      method: 'POST' as const,
      path,
      body,
      ...(makes ? { makes } : {}),
    };
    return (await this.courier.write(ask, this.chance.random)).isTaken;
  }

  async #found({ client }: Practice, value: string): Promise<Begun | undefined> {
    const path = `/ServiceRequest?identifier=${invented}|${value}`;
    const request = (await this.courier.read<Bundle<ServiceRequest>>(client, path)).entry?.[0]?.resource;
    return request && begun(request);
  }
}

const invented = 'https://example.org/invented';

function begun(request: ServiceRequest): Begun {
  return { patient: (request.subject.reference ?? '').replace('Patient/', ''), request: request.id ?? '' };
}

/** No two are alike. */
function personOf(referral: number): Patient {
  const birthDate = new Date(Date.UTC(1940, 0, 1 + (referral % 20_000))).toISOString().slice(0, 10);
  return { resourceType: 'Patient', name: [{ family: familyOf(referral) }], birthDate };
}

function familyOf(referral: number): string {
  return `Invented${String(referral).replaceAll(/\d/g, (digit) => 'abcdefghij'[Number(digit)] ?? '')}`;
}
