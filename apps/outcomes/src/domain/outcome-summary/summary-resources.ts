import { createHash } from 'node:crypto';
import type { Binary, Bundle, Composition, DocumentReference, Task } from 'fhir/r4';
import { referenceTo, stringifyJson } from '#fhir';
import { contentUuid } from './content-uuid.js';

export interface SummaryResources {
  composition: Composition;
  /** The document, byte for byte; its id is the Composition's. */
  binary: Binary;
  /** What a practice looks for and hears of. */
  documentReference: DocumentReference;
}

const contentType = 'application/fhir+json';

/** What is stored of an outcome summary. */
export function summaryResources(
  document: Bundle,
  { referral, number, previous }: { referral: Task; number: number; previous?: DocumentReference | undefined },
): SummaryResources {
  const composition = compositionOf(document);
  const bytes = Buffer.from(stringifyJson(document));
  const binary: Binary = {
    resourceType: 'Binary',
    id: composition.id ?? '',
    contentType,
    securityContext: { reference: serviceRequestOf(composition) },
    data: bytes.toString('base64'),
  };
  return {
    composition,
    binary,
    documentReference: {
      ...referenceHead(composition, { referral, number, previous }),
      content: [{ attachment: attachmentOf(composition, bytes) }],
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
  { referral, number, previous }: { referral: Task; number: number; previous?: DocumentReference | undefined },
): Omit<DocumentReference, 'content'> {
  const { id = '', type, subject, date, author, custodian, title } = composition;
  const request = serviceRequestOf(composition);
  return {
    resourceType: 'DocumentReference',
    id: summaryId(request.replace('ServiceRequest/', ''), number),
    masterIdentifier: { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${id}` },
    status: 'current',
    docStatus: 'final',
    type,
    ...(subject && { subject }),
    date,
    author,
    ...(custodian && { custodian }),
    ...(previous && { relatesTo: [{ code: 'replaces', target: referenceTo(previous) }] }),
    description: title,
    context: { related: [{ reference: request }, referenceTo(referral)] },
  };
}

/** Size and hash (SHA-1, as R4 asks) are those of the document itself. */
function attachmentOf({ id = '', date, title }: Composition, bytes: Buffer) {
  return {
    contentType,
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
