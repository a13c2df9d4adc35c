import type { DocumentReference, Extension } from 'fhir/r4';

const base = 'https://ginnel.org.uk/fhir/StructureDefinition';
export const acknowledgementExtension = `${base}/acknowledgement`;
const dueExtension = `${base}/acknowledgement-due`;
const byExtension = `${base}/acknowledged-by`;

export type Acknowledgement = 'awaited' | 'acknowledged' | 'chased';

/** What a summary is made with where its practice is to say that it came. */
export function awaitedUntil(due: Date | undefined): Extension[] {
  return [
    { url: acknowledgementExtension, valueCode: 'awaited' },
    ...(due ? [{ url: dueExtension, valueDateTime: due.toISOString() }] : []),
  ];
}

/** Undefined where nobody waits for it, as at a milestone. */
export function acknowledgementOf({ extension = [] }: DocumentReference): Acknowledgement | undefined {
  return extension.find(({ url }) => url === acknowledgementExtension)?.valueCode as Acknowledgement | undefined;
}

export function acknowledged(
  reference: DocumentReference,
  { by, at, text }: { by: string; at: Date; text: string },
): DocumentReference {
  const valueAnnotation = { authorString: by, time: at.toISOString(), text };
  return withState(reference, 'acknowledged', [{ url: byExtension, valueAnnotation }]);
}

export function chased(reference: DocumentReference): DocumentReference {
  return withState(reference, 'chased', []);
}

function withState(reference: DocumentReference, state: Acknowledgement, more: Extension[]): DocumentReference {
  const others = (reference.extension ?? []).filter(
    ({ url }) => url !== acknowledgementExtension && !more.some((one) => one.url === url),
  );
  return { ...reference, extension: [...others, { url: acknowledgementExtension, valueCode: state }, ...more] };
}
