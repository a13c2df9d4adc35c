import type {
  Bundle,
  CarePlan,
  CodeableConcept,
  Encounter,
  FhirResource,
  MessageHeader,
  Patient,
  ServiceRequest,
} from 'fhir/r4';
import { messageReasonSystem } from './codes.js';
import { type Verdict } from './judge-message.js';

/** For the specs of this folder: one thing changed in an example message, and the verdict in one line. */
export type Change = (bundle: Bundle) => unknown;
export type Row = [title: string, message: () => Bundle, change: Change, verdict: string];

export function changed(message: () => Bundle, ...changes: Change[]): Bundle {
  const bundle = message();
  for (const change of changes) change(bundle);
  return bundle;
}

/** What it is, and the first fault or every warning. */
export function said(verdict: Verdict): string {
  if (verdict.accepted) {
    const warnings = verdict.warnings.map(({ code, expression }) => `${code} ${String(expression)}`);
    return [verdict.kind, ...warnings].join(', ');
  }
  const [first] = verdict.issues;
  return `${String(verdict.status)} ${verdict.code} ${String(first?.code)} ${String(first?.expression)}`;
}

export function header(change: (header: MessageHeader) => unknown): Change {
  return (bundle) => change(resource(bundle, 'MessageHeader'));
}

export function request(change: (serviceRequest: ServiceRequest) => unknown): Change {
  return (bundle) => change(resource(bundle, 'ServiceRequest'));
}

export function encounter(change: (encounter: Encounter) => unknown): Change {
  return (bundle) => change(resource(bundle, 'Encounter'));
}

export function carePlan(change: (carePlan: CarePlan) => unknown): Change {
  return (bundle) => change(resource(bundle, 'CarePlan'));
}

export function patient(change: (patient: Patient) => unknown): Change {
  return (bundle) => change(resource(bundle, 'Patient'));
}

/** The entry at this place once more, at the end. */
export function doubled(index: number): Change {
  return ({ entry = [] }) => entry.push(...entry.slice(index, index + 1));
}

export function reason(code: string): CodeableConcept {
  return { coding: [{ system: messageReasonSystem, code }] };
}

function resource<Type extends FhirResource['resourceType']>(
  bundle: Bundle,
  type: Type,
): Extract<FhirResource, { resourceType: Type }> {
  const resources = (bundle.entry ?? []).map((entry) => entry.resource as FhirResource);
  const found = resources.find((candidate) => candidate.resourceType === type);
  if (found === undefined) throw new Error(`The example has no ${type}.`);
  return found as Extract<FhirResource, { resourceType: Type }>;
}
