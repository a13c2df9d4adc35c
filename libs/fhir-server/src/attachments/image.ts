// https://www.w3.org/TR/png-3/ and https://www.w3.org/Graphics/JPEG/itu-t81.pdf: as far as where an image ends, and how large it is.
import { actsInText, hidesArchive } from './other-content.js';

const mostPixels = 100_000_000;
const pngSignatureBytes = 8;
/** Length, name and check sum. */
const pngFrameBytes = 12;

/** Why these bytes are no image, or more than one. */
export function faultOfImage(bytes: Buffer, type: 'image/png' | 'image/jpeg'): string | undefined {
  const shape = type === 'image/png' ? shapeOfPng(bytes) : shapeOfJpeg(bytes);
  if (shape === undefined) return 'It is not a whole image of its type.';
  if (shape.end !== bytes.length) return 'There is something after the end of the image.';
  if (shape.width * shape.height > mostPixels) {
    return `The image has more than ${String(mostPixels)} pixels; make it smaller.`;
  }
  const text = bytes.toString('latin1');
  if (actsInText(text) || hidesArchive(bytes) || text.includes('%PDF-')) return 'It holds something beside the image.';
  return undefined;
}

interface Shape {
  width: number;
  height: number;
  end: number;
}

function shapeOfPng(bytes: Buffer): Shape | undefined {
  if (bytes.length < pngSignatureBytes + pngFrameBytes + 13 || nameAt(bytes, pngSignatureBytes) !== 'IHDR') return;
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  let at = pngSignatureBytes;
  while (at + pngFrameBytes <= bytes.length) {
    const next = at + pngFrameBytes + bytes.readUInt32BE(at);
    if (nameAt(bytes, at) === 'IEND') return { width, height, end: next };
    at = next;
  }
  return undefined;
}

function nameAt(bytes: Buffer, at: number): string {
  return bytes.toString('latin1', at + 4, at + 8);
}

/** Frames begin with SOF0 to SOF15; DHT, JPG and DAC have numbers among them. */
const notFrames = [0xc4, 0xc8, 0xcc];

function shapeOfJpeg(bytes: Buffer): Shape | undefined {
  let at = 2;
  let size: Omit<Shape, 'end'> | undefined;
  while (at + 4 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes.readUInt8(at + 1);
    const length = bytes.readUInt16BE(at + 2);
    if (isFrame(marker) && at + 9 <= bytes.length) {
      size = { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    }
    at += 2 + length;
    if (marker === 0xda) at = endOfScan(bytes, at);
    if (bytes[at] === 0xff && bytes[at + 1] === 0xd9) return size === undefined ? undefined : { ...size, end: at + 2 };
  }
  return undefined;
}

function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && !notFrames.includes(marker);
}

/** In scan data a 0xff is followed by 0, by a restart marker, or by what comes after it. */
function endOfScan(bytes: Buffer, from: number): number {
  let at = bytes.indexOf(0xff, from);
  while (at !== -1 && at + 1 < bytes.length && isWithinScan(bytes.readUInt8(at + 1))) at = bytes.indexOf(0xff, at + 1);
  return at === -1 ? bytes.length : at;
}

function isWithinScan(after: number): boolean {
  return after === 0 || after === 0xff || (after >= 0xd0 && after <= 0xd7);
}
