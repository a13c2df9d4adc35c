import type { Attachment, Binary, DocumentReference, FhirResource } from 'fhir/r4';
import { type Audience, error, FhirError, type Issue, parseJson, resourceIdOf } from '#fhir';
import { toldWrongly } from '#fhir-server';
import type { FhirStore } from '#fhir-store';

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

function differences({ contentType, size, hash }: Attachment, binary: Binary, path: string): Issue[] {
  const told = { path, ...(size === undefined ? {} : { size }), ...(hash === undefined ? {} : { hash }) };
  const isOther = contentType !== undefined && contentType !== binary.contentType;
  return [
    ...(isOther ? [error('invalid', 'The contentType is not that of the Binary.', `${path}.contentType`)] : []),
    ...toldWrongly(told, Buffer.from(binary.data ?? '', 'base64')),
  ];
}
