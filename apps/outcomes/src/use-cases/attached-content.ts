import type { Attachment, Binary, DocumentReference, FhirResource } from 'fhir/r4';
import { type Audience, error, FhirError, type Issue, parseJson, resourceIdOf } from '#fhir';
import { toldWrongly } from '#fhir-server';
import type { FhirStore } from '#fhir-store';
import { anyOf, pagesOf } from './pages-of.js';

/** What a DocumentReference says of content that a Binary here holds: its type, size and hash are those of the Binary. */
export class AttachedContent {
  constructor(private readonly store: FhirStore) {}

  /** Throws where it says something else. Of a Binary that its writer may not see nothing is told. */
  async execute({ content }: DocumentReference, reader: Audience, siblings: readonly FhirResource[]): Promise<void> {
    const issues = await Promise.all(
      content.map(async ({ attachment }, at) => {
        const binary = await this.#binaryOf(attachment, reader, siblings);
        return binary ? differences(attachment, binary, `DocumentReference.content[${String(at)}].attachment`) : [];
      }),
    );
    if (issues.flat().length > 0) throw new FhirError(issues.flat(), { status: 422 });
  }

  /**
   * Throws where a Binary is to hold other content than the DocumentReferences of it tell, whoever wrote them: a file that changes
   * is a new Binary, or comes in one transaction with what tells of it.
   */
  async ofBinary(binary: Binary, siblings: readonly FhirResource[]): Promise<void> {
    const told = (await this.#documentsOf(binary)).map(
      (stored) => siblings.find((one): one is DocumentReference => isSame(one, stored)) ?? stored,
    );
    const isToldOtherwise = told.some(({ content }) =>
      content.some(({ attachment }) => isOf(attachment, binary) && differences(attachment, binary, '').length > 0),
    );
    if (!isToldOtherwise) return;
    const diagnostics =
      'A DocumentReference tells the type, size or hash of what this Binary holds: send new content as a new Binary, or both in a transaction.';
    throw FhirError.of('business-rule', diagnostics, { status: 422, expression: 'Binary.data' });
  }

  async #documentsOf({ id = '' }: Binary): Promise<DocumentReference[]> {
    const criteria = [anyOf('DocumentReference', 'location', [{ type: 'uri', value: `Binary/${id}` }])];
    const found: DocumentReference[] = [];
    for await (const page of pagesOf(this.store, 'DocumentReference', { criteria, size: 50 })) {
      found.push(...page.map(({ content }) => parseJson(content) as DocumentReference));
    }
    return found;
  }

  async #binaryOf(
    { url }: Attachment,
    reader: Audience,
    siblings: readonly FhirResource[],
  ): Promise<Binary | undefined> {
    const id = resourceIdOf(url);
    if (id?.type !== 'Binary') return undefined;
    const beside = siblings.find((one): one is Binary => one.resourceType === 'Binary' && one.id === id.id);
    if (beside) return beside;
    const stored = await this.store.read('Binary', id.id, reader);
    return stored && !stored.deleted ? (parseJson(stored.content) as Binary) : undefined;
  }
}

function isSame(one: FhirResource, other: FhirResource): boolean {
  return one.resourceType === other.resourceType && one.id === other.id;
}

function isOf({ url }: Attachment, { id }: Binary): boolean {
  const named = resourceIdOf(url);
  return named?.type === 'Binary' && named.id === id;
}

function differences({ contentType, size, hash }: Attachment, binary: Binary, path: string): Issue[] {
  const told = { path, ...(size === undefined ? {} : { size }), ...(hash === undefined ? {} : { hash }) };
  const isOther = contentType !== undefined && contentType !== binary.contentType;
  return [
    ...(isOther ? [error('invalid', 'The contentType is not that of the Binary.', `${path}.contentType`)] : []),
    ...toldWrongly(told, Buffer.from(binary.data ?? '', 'base64')),
  ];
}
