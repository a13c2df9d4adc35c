import { randomUUID } from 'node:crypto';
import type { Bundle, BundleEntry, FhirResource, HealthcareService, Patient } from 'fhir/r4';
import type { ServiceName } from '#fhir';
import { eventually } from '../../eventually.js';
import type { KillPlan } from './kill-plans.js';
import { type Services, services } from './services.js';

/** What the rounds change one after the other: proof that none of them leaves it held. */
export interface Lasting {
  patient: string;
  activity: string;
}

const system = 'https://ginnel.example/round';
const settleWithinMs = 60_000;

export async function makeLasting(running: Services): Promise<Lasting> {
  const made = await running.send('referral', '', bundleOf([post({ resourceType: 'Patient' }), post(activityOf())]));
  const [patient, activity] = ((made.body as Bundle).entry ?? []).map(({ resource }) => resource?.id ?? '');
  if (made.status !== 200 || patient === undefined || activity === undefined) {
    throw new Error(`The rounds cannot begin: ${JSON.stringify(made)}`);
  }
  return { patient, activity };
}

/** One transaction of all services, with its kills; afterwards it is there as planned, and nothing is held. */
export async function playTransaction(plan: KillPlan, running: Services, lasting: Lasting): Promise<void> {
  const tag = randomUUID();
  const killed = momentsOf(plan);
  for (const [service, [moment = '']] of killed) await running.killAt(service, moment);
  const answer = running.send('referral', '', transactionOf(tag, lasting, plan)).catch(() => undefined);
  await Promise.all([...killed].map(([service, moments]) => endAndStart(service, moments.slice(1), running)));
  const { status, body } = (await answer) ?? {};
  await mustSettle(running);
  const wrong = [
    ...differenceOf(await found(tag, running, lasting), plan),
    ...answerIssues(status, plan),
    ...(plan.ends === 'whole' ? await auditIssues(running) : []),
  ];
  if (wrong.length > 0) throw new Error(`${wrong.join('\n')}\nThe answer was ${JSON.stringify({ status, body })}`);
}

/** The moments at which each service is killed, in turn. */
function momentsOf({ kills }: KillPlan): Map<ServiceName, string[]> {
  const moments = new Map<ServiceName, string[]>();
  for (const [service, moment] of kills) moments.set(service, [...(moments.get(service) ?? []), moment]);
  return moments;
}

async function endAndStart(service: ServiceName, later: readonly string[], running: Services): Promise<void> {
  for (const moment of later) await running.again(service, moment);
  await running.again(service);
}

const to = { patient: randomUUID(), request: randomUUID() };

function transactionOf(tag: string, { patient, activity }: Lasting, { refused }: KillPlan): Bundle {
  const identifier = [{ system, value: tag }];
  const person: Patient = { resourceType: 'Patient', identifier };
  const subject = { reference: `urn:uuid:${to.patient}` };
  // Answers that a service made are not written by a client.
  const derived = refused ? { derivedFrom: [{ reference: 'QuestionnaireResponse/1' }] } : {};
  return bundleOf([
    post(person, to.patient),
    put({ ...person, id: patient }),
    post(
      {
        resourceType: 'ServiceRequest',
        identifier,
        status: 'active',
        intent: 'order',
        subject,
        authoredOn: '2026-11-20T10:00:00Z',
        performer: [{ reference: `HealthcareService/${activity}` }],
      },
      to.request,
    ),
    put({ ...activityOf(), id: activity, identifier }),
    { ...post({ ...activityOf(), identifier }), request: createOnce('HealthcareService', tag) },
    post({
      resourceType: 'Observation',
      identifier,
      status: 'final',
      code: { text: 'steps' },
      subject,
      basedOn: [{ reference: `urn:uuid:${to.request}` }],
      ...derived,
    }),
  ]);
}

function activityOf(): HealthcareService {
  return {
    resourceType: 'HealthcareService',
    providedBy: { reference: 'Organization/keighley-healthy-living' },
    name: 'Walks',
  };
}

function post(resource: FhirResource, id: string = randomUUID()): BundleEntry {
  return { fullUrl: `urn:uuid:${id}`, resource, request: { method: 'POST', url: resource.resourceType } };
}

function createOnce(type: string, tag: string): BundleEntry['request'] {
  return { method: 'POST', url: type, ifNoneExist: `identifier=${system}|${tag}` };
}

function put(resource: FhirResource): BundleEntry {
  return { resource, request: { method: 'PUT', url: `${resource.resourceType}/${resource.id ?? ''}` } };
}

function bundleOf(entry: BundleEntry[]): Bundle {
  return { resourceType: 'Bundle', type: 'transaction', entry };
}

/** Every process has done what it had to: nothing is reserved, decided and not applied, or marked. */
async function mustSettle(running: Services): Promise<void> {
  const open = () => Promise.all(services.map((service) => openIn(service, running)));
  await eventually(open, (rows) => rows.flat().length === 0, settleWithinMs);
}

function openIn(service: ServiceName, running: Services): Promise<Record<string, unknown>[]> {
  return running.rows(
    service,
    `SELECT '${service}' AS service, 'reservation' AS what, transaction FROM reservation WHERE state = 'reserved'
     UNION ALL SELECT '${service}', 'decision', transaction FROM transaction_decision WHERE settled_at IS NULL
     UNION ALL SELECT '${service}', type || '/' || id, reserved_by FROM resource
       WHERE reserved_by IS NOT NULL OR version = 0`,
  );
}

/** Whether each of the six writes is there. */
async function found(tag: string, running: Services, { patient, activity }: Lasting): Promise<Record<string, boolean>> {
  const has = async (service: ServiceName, path: string): Promise<boolean> => {
    const { status, body } = await running.send(service, `/${path}&identifier=${system}|${tag}`);
    if (status !== 200) throw new Error(`${path} was answered with ${String(status)}.`);
    const { total = 0 } = body as Bundle;
    if (total > 1) throw new Error(`${path} was written ${String(total)} times.`);
    return total === 1;
  };
  const count = '?_total=accurate&_count=1';
  return {
    'a new Patient': await has('referral', `Patient${count}&_id:not=${patient}`),
    'a changed Patient': await has('referral', `Patient${count}&_id=${patient}`),
    'a new ServiceRequest': await has('referral', `ServiceRequest${count}`),
    'a changed HealthcareService': await has('activity-directory', `HealthcareService${count}&_id=${activity}`),
    'a new HealthcareService': await has('activity-directory', `HealthcareService${count}&_id:not=${activity}`),
    'a new Observation': await has('questionnaire', `Observation${count}`),
  };
}

function differenceOf(there: Record<string, boolean>, { ends }: KillPlan): string[] {
  const wanted = ends === 'whole';
  return Object.entries(there)
    .filter(([, is]) => is !== wanted)
    .map(([what]) => `It was to end ${ends}, and ${what} is ${wanted ? 'not there' : 'there'}.`);
}

/** What the client was told is what is so; no answer says nothing. */
function answerIssues(status: number | undefined, { ends }: KillPlan): string[] {
  if (status === undefined) return [];
  const isTrue = ends === 'whole' ? [200, 202].includes(status) : status >= 400;
  return isTrue ? [] : [`It ended ${ends}, and the client was told ${String(status)}.`];
}

/** Each service has its own audit row of the last transaction, under one correlation id. */
async function auditIssues(running: Services): Promise<string[]> {
  const last = `SELECT correlation_id FROM audit_event WHERE interaction = 'transaction' ORDER BY recorded DESC LIMIT 1`;
  const ids = (await Promise.all(services.map((service) => running.rows(service, last)))).flat();
  const different = new Set(ids.map(({ correlation_id: id }) => id)).size;
  return ids.length === services.length && different === 1 ? [] : ['The services audited it under different ids.'];
}
