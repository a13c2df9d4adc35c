import type { FhirResource } from 'fhir/r4';
import type { Dice } from '../hostile/dice.js';

/** One version of a resource, and who may see it. */
export interface Version {
  resource: FhirResource;
  number: number;
  audience: readonly string[];
  deleted: boolean;
}

interface Named {
  type: string;
  id: string;
}

type Referring = (...types: string[]) => { reference: string; identifier: object };

/** What a resource says besides what all say: mostly whom and what it points to. */
const bodies: Readonly<Record<string, (to: Referring, id: string) => object>> = {
  Organization: (to, id) => ({ name: `Organisation ${id}`, partOf: to('Organization') }),
  Practitioner: (_to, id) => ({ name: [{ family: `Family${id}` }] }),
  Location: (to) => ({
    partOf: to('Location'),
    managingOrganization: to('Organization'),
    position: { latitude: 53.8, longitude: -1.7 },
  }),
  HealthcareService: (to) => ({ providedBy: to('Organization'), location: [to('Location')] }),
  PractitionerRole: (to) => ({ practitioner: to('Practitioner'), organization: to('Organization') }),
  ValueSet: (_to, id) => ({
    url: `https://leaks.example/ValueSet/${id}`,
    status: 'active',
    compose: { include: [{ system: 'https://leaks.example/codes', concept: [{ code: `code-${id}` }] }] },
  }),
  Patient: (to, id) => ({
    name: [{ family: `Family${id}` }],
    birthDate: '1950-01-01',
    managingOrganization: to('Organization'),
    generalPractitioner: [to('Practitioner', 'Organization')],
    link: [{ other: to('Patient'), type: 'seealso' }],
  }),
  RelatedPerson: (to) => ({ patient: to('Patient') }),
  Condition: (to) => ({ subject: to('Patient'), encounter: to('Encounter') }),
  Consent: (to) => ({
    status: 'active',
    scope: { text: 'x' },
    category: [{ text: 'x' }],
    patient: to('Patient'),
  }),
  Encounter: (to) => ({
    status: 'planned',
    class: { code: 'AMB' },
    subject: to('Patient'),
    basedOn: [to('ServiceRequest')],
    partOf: to('Encounter'),
    location: [{ location: to('Location') }],
  }),
  Communication: (to) => ({
    status: 'completed',
    subject: to('Patient'),
    about: [to('Task', 'ServiceRequest')],
    basedOn: [to('ServiceRequest')],
  }),
  ServiceRequest: (to) => ({
    status: 'active',
    intent: 'order',
    subject: to('Patient'),
    basedOn: [to('ServiceRequest')],
    performer: [to('HealthcareService', 'Organization')],
  }),
  Task: (to) => ({
    status: 'draft',
    intent: 'order',
    for: to('Patient'),
    focus: to('ServiceRequest'),
    basedOn: [to('ServiceRequest')],
    partOf: [to('Task')],
    owner: to('Organization'),
  }),
  QuestionnaireResponse: (to) => ({
    status: 'completed',
    subject: to('Patient'),
    basedOn: [to('ServiceRequest')],
    partOf: [to('Observation')],
  }),
  Observation: (to, id) => ({
    status: 'final',
    code: { coding: [{ system: 'https://leaks.example/codes', code: `code-${id}` }] },
    subject: to('Patient'),
    basedOn: [to('ServiceRequest')],
    derivedFrom: [to('QuestionnaireResponse')],
    valueQuantity: { value: 7 },
  }),
  Composition: (to) => ({
    status: 'final',
    type: { text: 'x' },
    date: '2026-01-01',
    author: [to('Organization')],
    title: 'x',
    subject: to('Patient'),
  }),
  DocumentReference: (to) => ({
    status: 'current',
    content: [{ attachment: { url: 'Binary/none' } }],
    subject: to('Patient'),
    context: { related: [to('ServiceRequest', 'Task')] },
  }),
  Binary: (to) => ({ contentType: 'text/plain', securityContext: to('Patient', 'DocumentReference') }),
  Group: (to) => ({ type: 'person', actual: true, member: [{ entity: to('Patient') }] }),
  MeasureReport: (to) => ({
    status: 'complete',
    type: 'individual',
    measure: 'https://leaks.example/Measure/x',
    period: { start: '2026-01-01' },
    subject: to('Patient'),
  }),
  Basic: (to) => ({ code: { text: 'x' }, subject: to('Patient') }),
  Subscription: () => ({
    status: 'off',
    reason: 'x',
    criteria: 'Task?status=draft',
    channel: { type: 'rest-hook', endpoint: 'https://leaks.example/hook' },
  }),
};

export const kinds = Object.keys(bodies);

/** Names of resources to come, some of each kind. */
export function named(prefix: string, each: number): Named[] {
  return kinds.flatMap((type) => Array.from({ length: each }, (_, at) => ({ type, id: `${prefix}${String(at)}` })));
}

/** One version of each, pointing to any of `all`: to those too that are not there, or not yet. */
export function versionsOf(
  these: readonly Named[],
  {
    dice,
    all,
    audienceOf,
    number = 1,
  }: {
    dice: Dice;
    all: readonly Named[];
    audienceOf: (type: string) => readonly string[];
    number?: number;
  },
): Version[] {
  return these.map(({ type, id }) => {
    const to: Referring = (...types) => {
      const target = dice.of(all.filter((one) => types.includes(one.type)));
      return { reference: `${target.type}/${target.id}`, identifier: identifierOf(target) };
    };
    return { resource: resourceOf({ type, id }, { to, number }), number, audience: audienceOf(type), deleted: false };
  });
}

/** Words that a version alone holds. */
export function marksOf({ type, id }: Named, number: number): { canary: string; tag: string } {
  const name = `${type}-${id}-v${String(number)}`;
  return { canary: `canary-${name}`, tag: `tag-${name}` };
}

function resourceOf(name: Named, { to, number }: { to: Referring; number: number }): FhirResource {
  const { type, id } = name;
  const { canary, tag } = marksOf(name, number);
  const text = { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${canary}</div>` };
  const secret =
    type === 'Binary' ? { data: Buffer.from(canary).toString('base64') } : { text, identifier: identifiersOf(name) };
  const meta = { tag: [{ system: 'https://leaks.example/tags', code: tag }] };
  return { resourceType: type, id, meta, ...secret, ...bodies[type]?.(to, id) } as unknown as FhirResource;
}

const singular = ['QuestionnaireResponse', 'Composition'];
const without = ['Subscription'];

function identifiersOf(name: Named): object | undefined {
  if (without.includes(name.type)) return undefined;
  return singular.includes(name.type) ? identifierOf(name) : [identifierOf(name)];
}

function identifierOf({ type, id }: Named): object {
  return { system: 'https://leaks.example/ids', value: `secret-${type}-${id}` };
}
