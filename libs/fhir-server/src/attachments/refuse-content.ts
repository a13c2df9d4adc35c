import type { FhirResource } from 'fhir/r4';
import { FhirError } from '#fhir';
import { type Content, contentsIn } from './attachments-in.js';
import { attachmentIssues } from './judge-attachment.js';

/**
 * Content within a message is no other than content that is uploaded. The standard's words for it: 400 for what is wrong in
 * itself, 422 for what this server does not take, `too-costly` where that is for its size.
 */
export async function refuseContentOfMessage(message: FhirResource | undefined, atMost: number): Promise<void> {
  const contents = message === undefined ? [] : contentsIn(message).filter((one) => !isDocument(one));
  const found = (await Promise.all(contents.map((one) => attachmentIssues(one, atMost)))).flat();
  if (found.length === 0) return;
  const issues = found.map((one) => (one.code === 'too-long' ? { ...one, code: 'too-costly' as const } : one));
  throw new FhirError(issues, { status: issues.some(({ code }) => code === 'invalid') ? 400 : 422 });
}

/** An outcome travels as a FHIR document in a Binary: messages that are sent from here bring one. */
function isDocument({ contentType, data }: Content): boolean {
  if (!/^application\/fhir\+json\b/i.test(contentType)) return false;
  try {
    const { resourceType, type } = JSON.parse(Buffer.from(data, 'base64').toString('utf8')) as Record<string, unknown>;
    return resourceType === 'Bundle' && type === 'document';
  } catch {
    return false;
  }
}
