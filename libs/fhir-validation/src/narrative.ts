/**
 * Reads the XHTML of a narrative and says what is wrong with it: only the elements and attributes that FHIR names, nothing active.
 * https://hl7.org/fhir/R4/narrative.html#rules
 */
export function narrativeFault(xhtml: string): string | undefined {
  const open: string[] = [];
  let hasContent = false;
  for (const part of partsOf(xhtml)) {
    const fault = part.fault ?? nestingFault(part, open);
    if (fault !== undefined) return fault;
    hasContent ||= part.kind === 'text' || part.name === 'img';
  }
  if (open.length > 0) return `The narrative is not well formed: <${open.at(-1) ?? ''}> is not closed.`;
  return hasContent ? undefined : 'The narrative has neither text nor an image (txt-2).';
}

const notOneDiv = 'A narrative is one <div xmlns="http://www.w3.org/1999/xhtml"> with nothing before or after it.';

interface Part {
  kind: 'text' | 'comment' | 'start' | 'end' | 'empty';
  name: string;
  attributes: string;
  start: number;
  end: number;
  fault?: string | undefined;
}

/** Text that is not white space, comments and tags, in order; nothing follows a fault. */
function* partsOf(xhtml: string): Generator<Part> {
  let start = 0;
  while (start < xhtml.length) {
    const part = xhtml[start] === '<' ? readTag(xhtml, start) : readText(xhtml, start);
    if (part) yield part;
    start = part?.end ?? nextTag(xhtml, start);
  }
}

function nextTag(xhtml: string, start: number): number {
  const next = xhtml.indexOf('<', start);
  return next < 0 ? xhtml.length : next;
}

function readText(xhtml: string, start: number): Part | undefined {
  const end = nextTag(xhtml, start);
  return /\S/.test(xhtml.slice(start, end)) ? { kind: 'text', name: '', attributes: '', start, end } : undefined;
}

function nestingFault({ kind, name, attributes, start }: Part, open: string[]): string | undefined {
  if (kind === 'comment') return undefined;
  const isRoot = start === 0 && kind === 'start' && name === 'div' && /\sxmlns\s*=/.test(attributes);
  if (open.length === 0 && !isRoot) return notOneDiv;
  if (kind === 'start') open.push(name);
  if (kind === 'end' && open.pop() !== name) return `The narrative is not well formed: </${name}> closes nothing.`;
  return undefined;
}

function readTag(xhtml: string, start: number): Part {
  const none = { name: '', attributes: '', start };
  if (xhtml.startsWith('<!--', start)) {
    const end = xhtml.indexOf('-->', start + 4) + 3;
    return { ...none, kind: 'comment', end, fault: end < 3 ? 'A comment in the narrative is not closed.' : undefined };
  }
  tagPattern.lastIndex = start;
  const match = tagPattern.exec(xhtml);
  if (!match) return { ...none, kind: 'start', end: xhtml.length, fault: notXhtml };
  const [whole, slash, name = '', attributes = '', isEmpty] = match;
  const kind = slash ? 'end' : isEmpty ? 'empty' : 'start';
  const fault = elements.has(name)
    ? attributesFault(attributes)
    : `The narrative has an element that is not allowed${named(name)}.`;
  return { kind, name, attributes, start, end: start + whole.length, fault };
}

const notXhtml =
  'The narrative is not well formed, or has a declaration, an instruction or CDATA, which are not allowed.';

function named(name: string): string {
  return /^[A-Za-z]{1,20}$/.test(name) ? `: <${name}>` : '';
}

// sticky, and every alternative starts with another character, so that reading takes linear time
const tagPattern = /<(\/?)([A-Za-z][A-Za-z0-9]*)((?:\s+[A-Za-z][\w:.-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y;
const attributePattern = /([A-Za-z][\w:.-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

function attributesFault(attributes: string): string | undefined {
  for (const [, name = '', inDouble, inSingle] of attributes.matchAll(attributePattern)) {
    if (!allowedAttributes.has(name)) return `The narrative has an attribute that is not allowed${named(name)}.`;
    if (!isHarmless(name, inDouble ?? inSingle ?? ''))
      return `The attribute "${name}" of the narrative holds active content or a scheme that is not allowed.`;
  }
  return undefined;
}

function isHarmless(name: string, value: string): boolean {
  if (name === 'xmlns') return value === 'http://www.w3.org/1999/xhtml';
  if (name === 'style') return isHarmlessStyle(value);
  return !addresses.has(name) || hasHarmlessScheme(value);
}

/** Escapes and entities could spell what is refused; images are the only thing a style may fetch. */
function isHarmlessStyle(style: string): boolean {
  const plain = style.replaceAll('&quot;', '"').replaceAll('&apos;', "'");
  if (/expression|javascript|vbscript|behaviou?r|binding|@import|[\\<&]/i.test(plain)) return false;
  return [...plain.matchAll(/url\s*\(([^)]*)/gi)].every(([, address = '']) =>
    hasHarmlessScheme(address.replace(/["']/g, '')),
  );
}

/** Browsers drop white space and control characters in a scheme and decode entities first, so both are refused there. */
function hasHarmlessScheme(value: string): boolean {
  const address = value.trim().replaceAll('&amp;', '&');
  const beforeQuery = address.split(/[?#]/, 1)[0] ?? '';
  if (address.includes('&#') || /[\u0000-\u0020]|&\w+;/.test(beforeQuery)) return false;
  const scheme = /^([^/]*?):/.exec(beforeQuery)?.[1]?.toLowerCase();
  if (scheme === 'data') return /^data:image\/(?:png|jpeg|gif|webp);base64,/i.test(address);
  return scheme === undefined || ['http', 'https', 'mailto', 'tel', 'urn'].includes(scheme);
}

const addresses = new Set(['href', 'src', 'cite', 'longdesc']);

const elements =
  words(`a abbr acronym b big blockquote br caption cite code col colgroup dd dfn div dl dt em h1 h2 h3 h4 h5 h6
  hr i img li ol p pre q s samp small span strike strong sub sup table tbody td tfoot th thead tr tt u ul var`);

const allowedAttributes =
  words(`abbr accesskey align alt axis bgcolor border cellhalign cellpadding cellspacing cellvalign char
  charoff charset cite class colspan compact coords dir frame headers height href hreflang hspace id lang longdesc name nowrap
  rel rev rowspan rules scope shape span src start style summary tabindex title type valign value vspace width xml:lang xmlns`);

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(/\s+/));
}
