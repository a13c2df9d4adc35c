import { createHash } from 'node:crypto';
import { fileTypeFromBuffer } from 'file-type';
import { error, type Issue } from '#fhir';
import type { Content } from './attachments-in.js';
import { faultOfImage } from './image.js';
import { faultOfPdf } from './pdf.js';
import { faultOfText } from './text.js';

type Judge = (bytes: Buffer) => string | undefined | Promise<string | undefined>;

/** What is taken, and what each must be beside its name. Nothing that acts when it is opened. */
const judges: Readonly<Record<string, Judge>> = {
  'application/pdf': faultOfPdf,
  'image/jpeg': (bytes) => faultOfImage(bytes, 'image/jpeg'),
  'image/png': (bytes) => faultOfImage(bytes, 'image/png'),
  'text/plain': faultOfText,
};
export const attachmentTypes = Object.keys(judges);

/** Why this content is not kept: none where it is what it says. `atMost`: bytes. */
export async function attachmentIssues(content: Content, atMost: number): Promise<Issue[]> {
  const { path, contentType, data } = content;
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const judge = Object.hasOwn(judges, type) ? judges[type] : undefined;
  if (judge === undefined) {
    const diagnostics = `Content of this type is not taken; allowed are ${attachmentTypes.join(', ')}.`;
    return [error('not-supported', diagnostics, `${path}.contentType`)];
  }
  const bytes = Buffer.from(data, 'base64');
  if (bytes.length > atMost) {
    return [error('too-long', `Content has at most ${String(atMost)} bytes.`, `${path}.data`)];
  }
  const untold = toldWrongly(content, bytes);
  if (untold.length > 0) return untold;
  const fault = (await isOtherType(bytes, type)) ? 'It is not of the type that contentType says.' : await judge(bytes);
  return fault === undefined ? [] : [error('invalid', fault, `${path}.data`)];
}

/** https://hl7.org/fhir/R4/datatypes.html#Attachment: size in bytes, hash as SHA-1, both before base64. */
export function toldWrongly({ path, size, hash }: Pick<Content, 'path' | 'size' | 'hash'>, bytes: Buffer): Issue[] {
  const sha1 = createHash('sha1').update(bytes).digest('base64');
  return [
    ...(size === undefined || size === bytes.length
      ? []
      : [error('invalid', 'The size is not that of the content.', `${path}.size`)]),
    ...(hash === undefined || hash === sha1
      ? []
      : [error('invalid', 'The hash (SHA-1) is not that of the content.', `${path}.hash`)]),
  ];
}

/** By what the bytes themselves are. Of text nothing is known by its bytes. */
async function isOtherType(bytes: Buffer, type: string): Promise<boolean> {
  // What ends in the middle is of no type.
  const found = await fileTypeFromBuffer(bytes).catch(() => undefined);
  return type === 'text/plain' ? found !== undefined : found?.mime !== type;
}
