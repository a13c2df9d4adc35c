import type { Bundle, Extension, FhirResource, Patient, QuestionnaireResponse, ServiceRequest, Task } from 'fhir/r4';
import { answersToResponse, type Instrument, loadProgramme } from '#programmes';
import type { Answer, World } from './world.js';

const base = 'https://ginnel.org.uk/fhir';

export interface Referral {
  request: string;
  patient: string;
}

export interface OpenReferral extends Referral {
  parent: string;
  part: string;
}

export interface Answered {
  at: 'baseline' | 'after';
  authored: string;
  /** Points of every item. */
  level?: number;
  /** Points by linkId. */
  answers?: Record<string, number>;
}

type Actor = 'practice' | 'provider-khl' | 'analyst';

/** A practice that refers and a provider that works and asks, through the API. */
export class Actors {
  constructor(private readonly world: () => World) {}

  async refer({ performer = 'HealthcareService/staying-steady' } = {}): Promise<OpenReferral> {
    const person: Patient = { resourceType: 'Patient', name: [{ family: 'Invented' }] };
    const patient = await this.send('practice', 'POST', person);
    const request = await this.send<ServiceRequest>('practice', 'POST', {
      resourceType: 'ServiceRequest',
      status: 'active',
      intent: 'order',
      subject: { reference: placeOf(patient) },
      authoredOn: '2021-03-01',
      performer: [{ reference: performer }],
    });
    const tasks = await this.search<Task>('practice', `Task?focus=${placeOf(request)}`);
    const idOf = (parted: boolean) => tasks.find(({ partOf }) => (partOf !== undefined) === parted)?.id ?? '';
    return { request: request.id ?? '', patient: patient.id ?? '', parent: idOf(false), part: idOf(true) };
  }

  answer(referral: Referral, answered: Answered): Promise<QuestionnaireResponse> {
    return this.send('provider-khl', 'POST', responseOf(referral, answered));
  }

  async start({ part }: OpenReferral): Promise<void> {
    await this.#move(part, { status: 'accepted' });
    await this.#move(part, { status: 'in-progress', executionPeriod: { start: '2021-03-10' } });
  }

  async complete({ part }: OpenReferral, stillOpen?: string): Promise<void> {
    const type = (code: string) => ({ coding: [{ system: `${base}/CodeSystem/task-output`, code }] });
    const open = stillOpen === undefined ? [] : [{ type: type('still-open'), valueString: stillOpen }];
    await this.#move(part, { status: 'completed', output: [{ type: type('need-met'), valueCode: 'partly' }, ...open] });
  }

  async send<R extends FhirResource>(as: Actor, method: 'POST' | 'PUT', body: R): Promise<R> {
    const path = method === 'POST' ? `/fhir/${body.resourceType}` : `/fhir/${placeOf(body)}`;
    const match = `W/"${body.meta?.versionId ?? ''}"`;
    const headers: Record<string, string> = method === 'PUT' ? { 'if-match': match } : {};
    return done(await this.world().send<R>(as, { method, path, body, headers }));
  }

  async read<R extends FhirResource>(as: Actor, place: string): Promise<R> {
    return done(await this.world().send<R>(as, { path: `/fhir/${place}` }));
  }

  async search<R extends FhirResource>(as: Actor, query: string): Promise<R[]> {
    const bundle = done(await this.world().send<Bundle>(as, { path: `/fhir/${query}` }));
    return (bundle.entry ?? []).map(({ resource }) => resource as R);
  }

  async #move(id: string, change: Partial<Task>): Promise<void> {
    await this.send('provider-khl', 'PUT', { ...(await this.read<Task>('provider-khl', `Task/${id}`)), ...change });
  }
}

/** A completed MSK-HQ of a referral's person. */
export function responseOf(
  { request, patient }: Referral,
  { at, authored, level = 0, answers }: Answered,
): QuestionnaireResponse {
  const { questionnaire, scoring } = mskHq();
  const points = answers ?? Object.fromEntries(scoring.items.map(({ linkId }) => [linkId, level]));
  const extension: Extension[] = [{ url: `${base}/StructureDefinition/time-point`, valueCode: at }];
  return answersToResponse(questionnaire, points, {
    extension,
    basedOn: [{ reference: `ServiceRequest/${request}` }],
    subject: { reference: `Patient/${patient}` },
    authored,
  });
}

export function mskHq(): Instrument {
  const instrument = loadProgramme('msk-connect').instruments.find(({ id }) => id === 'msk-hq');
  if (!instrument) throw new Error('MSK Connect has no MSK-HQ.');
  return instrument;
}

export function placeOf(resource: FhirResource | undefined): string {
  return `${resource?.resourceType ?? ''}/${resource?.id ?? ''}`;
}

function done<R>({ status, text, body }: Answer<R>): R {
  if (status < 300) return body;
  throw new Error(`${String(status)} ${text.slice(0, 1000)}`);
}
