import { DOMParser, type Element as XmlElement, type Node, ParseError } from '@xmldom/xmldom';
import { FhirError } from '#fhir';

/**
 * The root of a document that is XML and nothing more: no document type, no entities but the five, no processing
 * instructions, no deeper than told. https://hl7.org/fhir/R4/security.html#narrative
 */
export function readXml(text: string, maxDepth: number): XmlElement {
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text;
  refuseTricks(source, maxDepth);
  const root = parsed(source).documentElement;
  if (!root) throw invalid('The XML has no element');
  return root;
}

/** The elements and the text of an element, comments left out; text that is only white space too. */
export function partsOf(element: XmlElement): { elements: XmlElement[]; hasText: boolean } {
  const elements: XmlElement[] = [];
  let hasText = false;
  for (let node: Node | null = element.firstChild; node; node = node.nextSibling) {
    if (isElement(node)) elements.push(node);
    else hasText ||= isText(node) && /\S/.test(node.nodeValue ?? '');
  }
  return { elements, hasText };
}

export function isElement(node: Node): node is XmlElement {
  return node.nodeType === 1;
}

/** Also a CDATA section. */
export function isText(node: Node): boolean {
  return node.nodeType === 3 || node.nodeType === 4;
}

function parsed(source: string) {
  try {
    return new DOMParser({ onError: stop }).parseFromString(source, 'text/xml');
  } catch (fault) {
    if (!(fault instanceof ParseError)) throw fault;
    const { lineNumber } = (fault.locator ?? {}) as { lineNumber?: number };
    throw invalid('The XML is not well-formed', lineNumber, fault);
  }
}

/** The reader's messages quote the document: they go no further than the cause. */
function stop(level: string, message: string): void {
  throw new Error(`${level}: ${message}`);
}

/** Characters that XML 1.0 does not have, written or by number, and halves of surrogate pairs. */
const noCharacter =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}|&#0*(?:[0-8]|1[124-9]|2\d|3[01]|x0*(?:[0-8bcefBCEF]|1[\da-fA-F]|[dD][89a-fA-F][\da-fA-F]{2}|[fF]{3}[efEF]));/u;

/** One look over the tags before anything is built of them. */
function refuseTricks(text: string, maxDepth: number): void {
  const odd = noCharacter.exec(text);
  if (odd) throw invalid('The XML holds a character that no text may hold', lineAt(text, odd.index));
  let depth = 0;
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at)) {
    const { end, step } = tagAt(text, at);
    depth += step;
    if (depth > maxDepth) {
      const diagnostics = `The XML is nested deeper than ${String(maxDepth)} levels, at line ${String(lineAt(text, at))}.`;
      throw FhirError.of('structure', diagnostics, { status: 400 });
    }
    at = end;
  }
}

/** Where the markup that begins here ends, and how it changes the depth. */
function tagAt(text: string, at: number): { end: number; step: number } {
  if (text.startsWith('<!--', at)) return { end: after(text, '-->', at + 4), step: 0 };
  if (text.startsWith('<![CDATA[', at)) return { end: after(text, ']]>', at), step: 0 };
  if (text.startsWith('<!', at)) throw invalid('The XML has a document type, which is not taken', lineAt(text, at));
  if (text.startsWith('<?', at)) {
    if (at > 0 || !/^<\?xml\s/.test(text))
      throw invalid('The XML has a processing instruction, which is not taken', lineAt(text, at));
    return { end: after(text, '?>', at), step: 0 };
  }
  const end = endOfTag(text, at);
  if (text[at + 1] === '/') return { end, step: -1 };
  return { end, step: text[end - 2] === '/' ? 0 : 1 };
}

function after(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found < 0 ? text.length : found + mark.length;
}

/** A tag ends at the first > that stands in no attribute's value. */
function endOfTag(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at];
    if (character === '>') return at + 1;
    if (character === '"' || character === "'") {
      at = text.indexOf(character, at + 1);
      if (at < 0) return text.length;
    }
  }
  return text.length;
}

function lineAt(text: string, at: number): number {
  return text.slice(0, at).split('\n').length;
}

function invalid(what: string, line?: number, cause?: unknown): FhirError {
  const place = line === undefined || line === 0 ? '' : `, at line ${String(line)}`;
  return FhirError.of('structure', `${what}${place}.`, { status: 400, cause });
}
