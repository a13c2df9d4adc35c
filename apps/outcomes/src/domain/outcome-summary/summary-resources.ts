import { createHash } from 'node:crypto';
import type { Binary, Bundle, CodeableConcept, Composition, DocumentReference, Extension, Task } from 'fhir/r4';
import { referenceTo, stringifyJson } from '#fhir';
import { contentUuid } from './content-uuid.js';

export interface SummaryResources {
  composition: Composition;
  /** The document, byte for byte; its id is the Composition's. */
  binary: Binary;
  /** The same on one page, as PDF. */
  page: Binary;
  /** What a practice looks for and hears of. */
  documentReference: DocumentReference;
}

const contentType = 'application/fhir+json';
const pageType = 'application/pdf';

export interface Making {
  referral: Task;
  /** The first, second … summary of this referral. */
  number: number;
  previous?: DocumentReference | undefined;
  pdf: Buffer;
  /** Of the DocumentReference: how it is delivered and acknowledged. */
  extension?: readonly Extension[];
}

/** What is stored of an outcome summary. */
export function summaryResources(document: Bundle, making: Making): SummaryResources {
  const composition = compositionOf(document);
  const bytes = Buffer.from(stringifyJson(document));
  const { pdf } = making;
  const binaryOf = (id: string, type: string, content: Buffer): Binary => ({
    resourceType: 'Binary',
    id,
    contentType: type,
    securityContext: { reference: serviceRequestOf(composition) },
    data: content.toString('base64'),
  });
  const binary = binaryOf(composition.id ?? '', contentType, bytes);
  const page = binaryOf(contentUuid(['outcome-summary-page', composition.id]), pageType, pdf);
  return {
    composition,
    binary,
    page,
    documentReference: {
      ...referenceHead(composition, making),
      content: [
        { attachment: attachmentOf(composition, { binary, bytes }) },
        { attachment: attachmentOf(composition, { binary: page, bytes: pdf }) },
      ],
    },
  };
}

/** The first, second … summary of a referral: the same at each delivery, so that no two of them can be the first. */
export function summaryId(serviceRequestId: string, number: number): string {
  return contentUuid(['outcome-summary', serviceRequestId, number]);
}

/** The summary that another one has taken the place of. */
export function superseded(reference: DocumentReference): DocumentReference {
  return { ...reference, status: 'superseded' };
}

function referenceHead(
  composition: Composition,
  { referral, number, previous, extension = [] }: Making,
): Omit<DocumentReference, 'content'> {
  const { id = '', type, category, subject, date, author, custodian, title, status, event } = composition;
  const request = serviceRequestOf(composition);
  return {
    resourceType: 'DocumentReference',
    id: summaryId(request.replace('ServiceRequest/', ''), number),
    ...(extension.length > 0 && { extension: [...extension] }),
    masterIdentifier: { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${id}` },
    status: 'current',
    docStatus: status,
    type,
    ...(category && { category }),
    ...(subject && { subject }),
    date,
    author,
    ...(custodian && { custodian }),
    ...(previous && { relatesTo: [{ code: 'replaces', target: referenceTo(previous) }] }),
    description: title,
    context: { event: codesOf(event), related: [{ reference: request }, referenceTo(referral)] },
  };
}

function codesOf(event: Composition['event'] = []): CodeableConcept[] {
  return event.flatMap(({ code = [] }) => code);
}

/** Size and hash (SHA-1, as R4 asks) are those of the document itself. */
function attachmentOf({ date, title }: Composition, { binary, bytes }: { binary: Binary; bytes: Buffer }) {
  const { id = '', contentType: type } = binary;
  return {
    contentType: type,
    language: 'en-GB',
    url: `Binary/${id}`,
    size: bytes.length,
    hash: createHash('sha1').update(bytes).digest('base64'),
    title,
    creation: date,
  };
}

function compositionOf({ entry = [] }: Bundle): Composition {
  const [first] = entry;
  if (first?.resource?.resourceType !== 'Composition') throw new Error('A document begins with its Composition.');
  return first.resource as Composition;
}

function serviceRequestOf({ event = [] }: Composition): string {
  return event[0]?.detail?.[0]?.reference ?? '';
}
