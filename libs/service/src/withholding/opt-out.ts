/**
 * What a Consent withholds. https://hl7.org/fhir/R4/consent.html
 *
 * It withholds where it is active and says no: by an opt-out code of its policyRule or category, or, for patient-privacy, by a
 * provision of type deny. A provision bears on the organisations among its actors; one that names none on everybody but those
 * who keep the records: Consent.organization, and actors with the role of a custodian.
 */
import type { CodeableConcept, Consent, ConsentProvision } from 'fhir/r4';
import { audienceOf, error, idIn, type Issue } from '#fhir';
import { dateInterval } from '#fhir-search';
import type { Withholding } from '#fhir-store';

export interface OptOut {
  withholdings: Withholding[];
  /** What it asks for and cannot be had; without them `withholdings` is all that it asks for. */
  issues: Issue[];
}

export function optOutOf(consent: Consent): OptOut {
  const patient = idIn(consent.patient, 'Patient');
  const denials = consent.status === 'active' ? denialsOf(consent) : [];
  if (denials.length === 0) return { withholdings: [], issues: [] };
  if (patient === undefined) return { withholdings: [], issues: [ofNobody] };
  return {
    withholdings: merged(denials.flatMap((denial) => withholdingsOf(patient, denial))),
    issues: denials.flatMap(issuesOf),
  };
}

/** It would be taken as heard. */
const ofNobody = error(
  'required',
  'Name in Consent.patient, as Patient/[id], whose records are withheld: of nobody they are none.',
  'Consent.patient',
);

/** Whether a reader of this organisation is among those from whom it is withheld. */
export function withholdsFrom({ organisation, keeps }: Withholding, reader: string): boolean {
  return organisation === reader || (organisation === '*' && !keeps.includes(reader));
}

/** One "no" of a Consent. */
interface Denial {
  provision: ConsentProvision;
  path: string;
  period: ConsentProvision['period'];
  /** Organisations that it names; without any it is everybody. */
  named: readonly string[];
  keeps: readonly string[];
}

const actCodes = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';

function denialsOf(consent: Consent): Denial[] {
  const { provision = {}, policyRule, category, scope } = consent;
  const isOptOut = [policyRule, ...category].some((concept) => hasCode(concept, actCodes, ['OPTOUT', 'OPTOUTE']));
  const isPrivacy = hasCode(scope, 'http://terminology.hl7.org/CodeSystem/consentscope', ['patient-privacy']);
  const nested = (provision.provision ?? []).map((one, at) => ({
    one,
    path: `Consent.provision.provision[${String(at)}]`,
  }));
  const permitted = nested.filter(({ one }) => one.type === 'permit').flatMap(({ one }) => recipientsOf(one));
  const keeps = [...organisationsIn(consent.organization), ...custodiansOf(provision), ...permitted];
  const root = { provision, path: 'Consent.provision', period: provision.period };
  if (isOptOut && provision.type === 'permit') {
    return [{ ...root, named: [], keeps: [...keeps, ...recipientsOf(provision)] }];
  }
  if (isOptOut || (isPrivacy && provision.type === 'deny')) {
    return [{ ...root, named: recipientsOf(provision).filter((one) => !permitted.includes(one)), keeps }];
  }
  return nested
    .filter(({ one }) => isPrivacy && one.type === 'deny')
    .map(({ one, path }) => ({
      provision: one,
      path,
      period: one.period ?? provision.period,
      named: recipientsOf(one),
      keeps: [...keeps, ...custodiansOf(one)],
    }));
}

function withholdingsOf(patient: string, { provision, named, keeps, period }: Denial): Withholding[] {
  const times = timesOf(period);
  if (named.length > 0) return named.map((organisation) => ({ patient, organisation, keeps: [], ...times }));
  // Whom it means cannot be told: not everybody.
  if (provision.type !== 'permit' && recipientActors(provision).length > 0) return [];
  return [{ patient, organisation: '*', keeps: audienceOf(...keeps), ...times }];
}

function timesOf(period: ConsentProvision['period'] = {}): Pick<Withholding, 'starts' | 'ends'> {
  const starts = dateInterval(period.start ?? '')?.low;
  const ends = dateInterval(period.end ?? '')?.high;
  return { ...(starts ? { starts } : {}), ...(ends ? { ends } : {}) };
}

/** Of one organisation that is named twice the first counts. */
function merged(withholdings: readonly Withholding[]): Withholding[] {
  return [...new Map([...withholdings].reverse().map((one) => [one.organisation, one])).values()];
}

/** All of a person's records are withheld, or none. */
const narrower = ['securityLabel', 'purpose', 'class', 'code', 'dataPeriod', 'data'] as const;
const reading = ['access', 'disclose', 'use', 'collect'];

function issuesOf({ provision, path, named, keeps }: Denial): Issue[] {
  const narrowed = narrower
    .filter((element) => provision[element] !== undefined)
    .map((element) => `${path}.${element}`)
    .map((place) =>
      error('not-supported', `All of a person's records are withheld, or none: leave ${place} out.`, place),
    );
  const actions = provision.action ?? [];
  const isReading =
    actions.length === 0 || actions.some(({ coding }) => coding?.some(({ code = '' }) => reading.includes(code)));
  const unknown = recipientActors(provision).filter(({ reference }) => idIn(reference, 'Organization') === undefined);
  return [
    ...narrowed,
    ...(isReading
      ? []
      : [error('not-supported', `What is withheld is access: leave ${path}.action out.`, `${path}.action`)]),
    ...(unknown.length > 0
      ? [error('not-supported', 'Records are withheld from organisations: name the Organization.', `${path}.actor`)]
      : []),
    ...(named.length === 0 && keeps.length === 0
      ? [
          error(
            'required',
            'Name in Consent.organization who keeps the records: all others lose them.',
            'Consent.organization',
          ),
        ]
      : []),
  ];
}

const custodian = 'CST';

function custodiansOf({ actor = [] }: ConsentProvision): string[] {
  return organisationsIn(actor.filter(({ role }) => isCustodian(role)).map(({ reference }) => reference));
}

function recipientActors({ actor = [] }: ConsentProvision) {
  return actor.filter(({ role, reference }) => !isCustodian(role) && idIn(reference, 'Patient') === undefined);
}

function recipientsOf(provision: ConsentProvision): string[] {
  return organisationsIn(recipientActors(provision).map(({ reference }) => reference));
}

function isCustodian(role: CodeableConcept | undefined): boolean {
  return role?.coding?.some(({ code }) => code === custodian) === true;
}

function organisationsIn(references: Consent['organization'] = []): string[] {
  return references.map((reference) => idIn(reference, 'Organization')).filter((id) => id !== undefined);
}

function hasCode(concept: CodeableConcept | undefined, system: string, codes: readonly string[]): boolean {
  return concept?.coding?.some((coding) => coding.system === system && codes.includes(coding.code ?? '')) === true;
}
