import type { Bundle, Composition, FhirResource } from 'fhir/r4';
import { FhirError, referenceTo } from '#fhir';
import { contactsSection, offeredSection } from './activity-sections.js';
import { contentUuid } from './content-uuid.js';
import { documentParts } from './document-parts.js';
import { measuresSection } from './measures-section.js';
import { narrative, paragraph } from './narrative.js';
import { referralSection, requestsSection, stillOpenSection, whatMattersSection } from './person-sections.js';
import type { OutcomeSummaryInput } from './summary-input.js';
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
    referralSection(input),
    offeredSection(input),
    contactsSection(input),
    measuresSection(input),
    stillOpenSection(input),
    ...requestsSection(input),
  ];
  const parts = documentParts(input);
  const id = contentUuid([input.serviceRequest.id, versionsOf(input), section, parts, input.replaces]);
  const composition = { ...compositionHead(input, id), section };
  return {
    resourceType: 'Bundle',
    id,
    identifier: { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${id}` },
    type: 'document',
    timestamp: input.at,
    entry: [composition, ...parts].map((resource) => ({
      fullUrl: `${input.baseUrl}/${resource.resourceType}/${resource.id ?? ''}`,
      resource,
    })),
  };
}

const title = 'Outcome of a social prescribing referral';

function compositionHead(input: OutcomeSummaryInput, id: string): Composition {
  const { serviceRequest, patient, author, custodian, replaces } = input;
  return {
    resourceType: 'Composition',
    id,
    text: narrative('generated', paragraph(title)),
    identifier: { system: 'https://ginnel.org.uk/fhir/Id/outcome-summary', value: serviceRequest.id ?? '' },
    status: 'final',
    type: {
      coding: [{ system: 'https://ginnel.org.uk/fhir/CodeSystem/document-type', code: 'outcome-summary' }],
      text: title,
    },
    subject: referenceTo(patient),
    date: input.at,
    author: [referenceTo(author)],
    title,
    custodian: referenceTo(custodian),
    ...(replaces && { relatesTo: [{ code: 'replaces', targetIdentifier: replaces }] }),
    event: [{ detail: [referenceTo(serviceRequest)] }],
  };
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
