import type { Bundle, CodeableConcept, Composition, FhirResource } from 'fhir/r4';
import { FhirError, referenceTo, securityOf } from '#fhir';
import { contactsSection, offeredSection } from './activity-sections.js';
import { contentUuid } from './content-uuid.js';
import { documentParts } from './document-parts.js';
import { measuresSection } from './measures-section.js';
import { day, narrative, paragraph } from './narrative.js';
import {
  outcomeSection,
  referralSection,
  requestsSection,
  stillOpenSection,
  whatMattersSection,
} from './person-sections.js';
import { type Ending, endingOf, outcomeConcept } from './ending.js';
import { type Stage, stageConcept, stageText } from './stage.js';
import { suggestedCodesSection } from './suggested-codes.js';
import type { OutcomeSummaryInput, Replaced } from './summary-input.js';
import { summaryInputRule } from './summary-input.rule.js';

/**
 * The message back to GP and referrer of the Social Prescribing Information Standard, as a document Bundle
 * (https://hl7.org/fhir/R4/documents.html). Short, for information, never filed by itself. Its id is made of its parts:
 * the same parts are the same document.
 */
export function outcomeSummary(input: OutcomeSummaryInput): Bundle {
  const issues = summaryInputRule(input);
  if (issues.length > 0) throw new FhirError(issues);
  const section = [
    whatMattersSection(input),
    outcomeSection(input),
    ...requestsSection(input),
    measuresSection(input),
    stillOpenSection(input),
    referralSection(input),
    offeredSection(input),
    contactsSection(input),
    ...suggestedCodesSection(input),
  ];
  const parts = documentParts(input);
  const { confidentiality } = input;
  const id = contentUuid([input.serviceRequest.id, versionsOf(input), section, parts, input.replaces]);
  const composition = { ...compositionHead(input, id), section };
  return {
    resourceType: 'Bundle',
    id,
    meta: { profile: [documentProfile], ...(confidentiality && { security: [securityOf(confidentiality)] }) },
    identifier: { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${id}` },
    type: 'document',
    timestamp: input.at,
    entry: [composition, ...parts].map((resource) => ({
      fullUrl: `${input.baseUrl}/${resource.resourceType}/${resource.id ?? ''}`,
      resource,
    })),
  };
}

export const title = 'Outcome of a social prescribing referral';
export const documentProfile = 'https://ginnel.org.uk/fhir/StructureDefinition/outcome-summary-document';
export const compositionProfile = 'https://ginnel.org.uk/fhir/StructureDefinition/outcome-summary-composition';
const recipientTypes = 'https://fhir.nhs.uk/STU3/CodeSystem/ITK-RecipientType-1';

function compositionHead(input: OutcomeSummaryInput, id: string): Composition {
  const { serviceRequest, patient, author, custodian, replaces, confidentiality } = input;
  return {
    resourceType: 'Composition',
    id,
    meta: { profile: [compositionProfile] },
    text: narrative('generated', ...headLines(input).map(paragraph)),
    identifier: { system: 'https://ginnel.org.uk/fhir/Id/outcome-summary', value: serviceRequest.id ?? '' },
    status: statusOf(input),
    type: {
      coding: [{ system: 'https://ginnel.org.uk/fhir/CodeSystem/document-type', code: 'outcome-summary' }],
      text: title,
    },
    category: [recipientConcept(input)],
    subject: referenceTo(patient),
    date: input.at,
    author: [referenceTo(author)],
    title,
    ...(confidentiality && { confidentiality }),
    custodian: referenceTo(custodian),
    ...(replaces && { relatesTo: [{ code: 'replaces', targetIdentifier: replaces.identifier }] }),
    event: [
      { code: [outcomeConcept(endingIn(input)), stageConcept(stageOf(input))], detail: [referenceTo(serviceRequest)] },
    ],
  };
}

/** What stands above the sections: what it is, why it comes now, and what it replaces. */
export function headLines(input: OutcomeSummaryInput): string[] {
  const { replaces } = input;
  return [
    title,
    `${stageText(stageOf(input))}. ${asksForAction(input) ? 'For action.' : 'For information; no action is asked for.'}`,
    ...(replaces ? [replacedText(replaces)] : []),
    'Made from what was recorded, and edited by nobody. It is not filed by itself.',
  ];
}

function replacedText({ date, isCorrection }: Replaced): string {
  const what = `the summary of ${day(date)}`;
  return isCorrection ? `This is a correction: it replaces ${what}, which is no longer right.` : `It replaces ${what}.`;
}

function statusOf(input: OutcomeSummaryInput): Composition['status'] {
  if (stageOf(input).code !== 'end') return 'preliminary';
  return input.replaces?.isCorrection === true ? 'amended' : 'final';
}

/** For action only where a named person asks for it; otherwise for information. */
function recipientConcept(input: OutcomeSummaryInput): CodeableConcept {
  const [code, text] = asksForAction(input) ? ['FA', 'For action'] : ['FI', 'For information'];
  return { coding: [{ system: recipientTypes, code }], text };
}

export function asksForAction({ requests = [] }: OutcomeSummaryInput): boolean {
  return requests.some(({ kind }) => kind === 'action');
}

export function endingIn({ referral, offers }: OutcomeSummaryInput): Ending | undefined {
  return endingOf(
    referral,
    offers.map(({ task }) => task),
  );
}

function stageOf({ stage }: OutcomeSummaryInput): Stage {
  return stage ?? { code: 'end' };
}

function versionsOf(input: OutcomeSummaryInput): string[] {
  const { serviceRequest, patient, referral, offers, contacts, measures, author, custodian, requester } = input;
  const { otherSessions = [] } = input;
  const parts: (FhirResource | undefined)[] = [
    serviceRequest,
    patient,
    referral,
    author,
    custodian,
    requester,
    ...offers.flatMap(({ task, provider, appointments }) => [task, provider, ...appointments]),
    ...otherSessions,
    ...contacts,
    ...measures.flatMap(({ before, after }) => [before, after]),
  ];
  const versions = parts.flatMap((part) =>
    part ? [`${part.resourceType}/${part.id ?? ''}/_history/${part.meta?.versionId ?? ''}`] : [],
  );
  return [...new Set(versions)].sort();
}
