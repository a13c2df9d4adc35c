// https://opensource.adobe.com/dc-acrobat-sdk-docs/pdfstandards/PDF32000_2008.pdf: what acts when a PDF is opened (12.6), what
// it carries (7.11.4), and where objects hide (7.5.7).
import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import { actsInText, hidesArchive } from './other-content.js';

const inflated = promisify(inflate);
/** Of all streams together. */
const mostUnpacked = 64 * 1024 * 1024;
/** More than a document has; each costs its unpacking, and one that fails costs it for nothing. */
const mostStreams = 10_000;
const mostBroken = 5;
/** Names of actions and parts that run, fetch, send or carry other files. A script is always of the type JavaScript, or of a Rendition. */
const acting =
  /\/(JavaScript|Launch|EmbeddedFiles?|RichMedia|SubmitForm|ImportData|Rendition|GoToE|XFA|Filespec)(?=[\s/<>[\]()%]|$)/;
const active = 'It acts when it is opened, or carries another file (script, launch, form that sends, attachment).';
const hidden = 'Parts of it cannot be looked into (encrypted, or packed in an unusual way): save it as a plain PDF.';

/** Why this PDF is not taken. */
export async function faultOfPdf(bytes: Buffer): Promise<string | undefined> {
  const text = plain(bytes);
  if (!text.trimEnd().endsWith('%%EOF') || actsInText(text) || hidesArchive(bytes)) {
    return 'There is something beside the document, or its end is missing.';
  }
  if (acting.test(text)) return active;
  if (/\/Encrypt(?=[\s/<[])/.test(text) || hidesObjects(text)) return hidden;
  return faultOfStreams(bytes);
}

async function faultOfStreams(bytes: Buffer): Promise<string | undefined> {
  let [left, streams, broken] = [mostUnpacked, 0, 0];
  for (const stream of streamsIn(bytes)) {
    const unpacked = await unpack(stream, left);
    if (unpacked === 'too-long') return `Unpacked it has more than ${String(mostUnpacked)} bytes.`;
    streams += 1;
    broken += unpacked === undefined ? 1 : 0;
    if (streams > mostStreams || broken > mostBroken) return hidden;
    left -= unpacked?.length ?? 0;
    if (unpacked !== undefined && acting.test(plain(unpacked))) return active;
  }
  return undefined;
}

function* streamsIn(bytes: Buffer): Generator<Buffer> {
  const word = Buffer.from('stream');
  for (let at = bytes.indexOf(word); at !== -1; at = bytes.indexOf(word, at + word.length)) {
    const line = bytes[at + word.length] === 13 ? 2 : 1;
    const start = at + word.length + line;
    if (looksDeflated(bytes, start)) yield bytes.subarray(start);
  }
}

/** https://www.rfc-editor.org/rfc/rfc1950#section-2.2: the method, and a check of the two bytes. */
function looksDeflated(bytes: Buffer, at: number): boolean {
  const [method, flags] = [bytes[at], bytes[at + 1]];
  return method !== undefined && flags !== undefined && (method & 0x0f) === 8 && (method * 256 + flags) % 31 === 0;
}

async function unpack(stream: Buffer, left: number): Promise<Buffer | 'too-long' | undefined> {
  try {
    return await inflated(stream, { maxOutputLength: Math.max(left, 1) });
  } catch (thrown) {
    // What does not unpack is no object that anybody reads.
    return (thrown as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too-long' : undefined;
  }
}

/** True where objects are packed so that their names cannot be read here. */
function hidesObjects(text: string): boolean {
  for (let at = text.indexOf('/ObjStm'); at !== -1; at = text.indexOf('/ObjStm', at + 1)) {
    const dictionary = text.slice(Math.max(0, text.lastIndexOf('obj', at)), text.indexOf('stream', at));
    const filter = /\/Filter\s*(\[\s*\/FlateDecode\s*\]|\/FlateDecode(?=[\s/>]))/;
    if (dictionary.includes('/Filter') && !filter.test(dictionary)) return true;
    if (dictionary.includes('/DecodeParms')) return true;
  }
  return false;
}

/** With names as they are meant: `/J#61vaScript` is `/JavaScript`. */
function plain(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replaceAll(/#([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
