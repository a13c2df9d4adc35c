import { FhirError } from '#fhir';

/** https://hl7.org/fhir/R4/http.html#mime-type */
export type Format = 'json' | 'xml';

export const mediaTypes: Readonly<Record<Format, string>> = {
  json: 'application/fhir+json; charset=utf-8',
  xml: 'application/fhir+xml; charset=utf-8',
};

const names: Readonly<Record<string, Format>> = {
  json: 'json',
  'application/json': 'json',
  'application/fhir+json': 'json',
  'application/json+fhir': 'json',
  'text/json': 'json',
  xml: 'xml',
  'application/xml': 'xml',
  'application/fhir+xml': 'xml',
  'application/xml+fhir': 'xml',
  'text/xml': 'xml',
};

/** The format of the answer; undefined where the client takes none of ours. `_format` stands for Accept and wins over it. */
export function formatFor(accept: string | undefined, format: string | null): Format | undefined {
  if (format !== null) return formatNamed(format);
  if (accept === undefined || plain.has(accept)) return 'json';
  return accepted(accept);
}

/** The format of a body, by its Content-Type. */
export function formatOfBody(contentType: string): Format {
  return names[contentType.split(';', 1)[0]?.trim().toLowerCase() ?? ''] ?? 'json';
}

export function notAcceptable(): FhirError {
  const diagnostics =
    'This server answers application/fhir+json and application/fhir+xml (FHIR 4.0); ask for one in Accept or _format, or leave them out.';
  return FhirError.of('not-supported', diagnostics, { status: 406 });
}

/** What most clients send is not read with care. */
const plain: ReadonlySet<string> = new Set(['*/*', 'application/fhir+json', 'application/json', '']);

/** A plus in a query string is a space. */
function formatNamed(format: string): Format | undefined {
  const [type = '', ...parameters] = partsOf(format.replaceAll(' ', '+').replaceAll(';+', ';'));
  if (type === '*/*' || type === 'application/*') return 'json';
  return parameters.some(isOtherVersion) ? undefined : names[type];
}

interface Range {
  type: string;
  quality: number;
}

function accepted(accept: string): Format | undefined {
  const ranges = accept.split(',').map(rangeOf);
  // A browser names XML among its own formats; who looks at an answer there is better served with JSON.
  if (ranges.some(({ type }) => type === 'text/html')) return 'json';
  const [json, xml] = [qualityOf('json', ranges), qualityOf('xml', ranges)];
  if (json.quality <= 0 && xml.quality <= 0) return undefined;
  if (json.quality !== xml.quality) return json.quality > xml.quality ? 'json' : 'xml';
  return xml.place < json.place ? 'xml' : 'json';
}

function rangeOf(text: string): Range {
  const [type = '', ...parameters] = partsOf(text);
  if (parameters.some(isOtherVersion)) return { type, quality: 0 };
  const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  const quality = q === undefined ? 1 : Number(q);
  return { type, quality: Number.isFinite(quality) ? quality : 1 };
}

/** Of the range that names the format, or else of the one that covers it. */
function qualityOf(format: Format, ranges: readonly Range[]): { quality: number; place: number } {
  const isNamed = ({ type }: Range): boolean => names[type] === format;
  const named = ranges.filter(isNamed);
  const best = named.reduce((most, { quality }) => Math.max(most, quality), 0);
  if (named.length > 0) return { quality: best, place: ranges.findIndex(isNamed) };
  const wide =
    ranges.find(({ type }) => type === 'application/*') ?? ranges.find(({ type }) => type === '*/*' || type === '');
  return { quality: wide?.quality ?? 0, place: ranges.length };
}

function partsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
}

function isOtherVersion(parameter: string): boolean {
  return parameter.startsWith('fhirversion=') && !/^fhirversion="?4\.0(\.1)?"?$/.test(parameter);
}
