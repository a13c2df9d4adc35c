import { parseJson, stringifyJson } from '#fhir';
import type { FhirResponse } from '../operation.js';
import { type Format, mediaTypes } from './negotiation.js';
import { type Subset, subsetOf } from './subset.js';
import { toXml } from './xml-writer.js';

/** How the client wants to see the answer. */
export interface Presentation {
  format: Format;
  pretty: boolean;
  subset?: Subset | undefined;
}

/** The answer as it was asked for; what nobody wants otherwise is the very answer given, with the stored bytes. */
export function presented(response: FhirResponse, { format, pretty, subset }: Presentation): FhirResponse {
  if (format === 'json' && !pretty && !subset) return response;
  const resource = resourceIn(response);
  if (resource === undefined) return response;
  const { status, headers = {} } = response;
  const shown = subset && response.status < 300 ? subsetIn(resource, subset) : resource;
  return { status, headers, contentType: mediaTypes[format], content: written(shown, { format, pretty }) };
}

/** What the answer holds as FHIR; an operation may answer with something else. */
function resourceIn({ resource, content, contentType }: FhirResponse): object | undefined {
  if (resource) return resource;
  if (content === undefined || (contentType !== undefined && !/^application\/(fhir\+)?json/.test(contentType)))
    return undefined;
  const parsed = parseJson(content, { maxDepth: deepest });
  return typeof parsed === 'object' && parsed !== null && 'resourceType' in parsed ? parsed : undefined;
}

/** What is answered was taken before, and a Bundle around it makes it deeper. */
const deepest = 1_000;

interface EntryOf {
  resource?: object;
  search?: { mode?: string };
}

/** A Bundle stays whole, its entries do not. */
function subsetIn(resource: object, subset: Subset): object {
  const { resourceType, entry } = resource as { resourceType?: string; entry?: readonly EntryOf[] };
  if (resourceType !== 'Bundle') return subsetOf(resource, subset);
  if (!entry) return resource;
  return {
    ...resource,
    entry: entry.map((one) =>
      one.resource
        ? { ...one, resource: subsetOf(one.resource, subset, { isMatch: one.search?.mode !== 'include' }) }
        : one,
    ),
  };
}

function written(resource: object, { format, pretty }: Pick<Presentation, 'format' | 'pretty'>): string {
  if (format === 'xml') return pretty ? indentedXml(toXml(resource)) : toXml(resource);
  const text = stringifyJson(resource);
  return pretty ? indentedJson(text) : text;
}

/** Of the text, not of the values: numbers keep their digits. */
function indentedJson(text: string): string {
  let depth = 0;
  return text.replace(/"(?:[^"\\]|\\.)*"|[{}[\],:]/g, (found, at: number) => {
    if (found === ':') return ': ';
    if (found === ',') return `,${newLine(depth)}`;
    if (found === '{' || found === '[') return isEmptyAt(text, at) ? found : `${found}${newLine(++depth)}`;
    if (found === '}' || found === ']') return isEmptyAt(text, at - 1) ? found : `${newLine(--depth)}${found}`;
    return found;
  });
}

function isEmptyAt(text: string, at: number): boolean {
  const pair = text.slice(at, at + 2);
  return pair === '{}' || pair === '[]';
}

/** Narratives stay as they are: white space there is text. */
function indentedXml(text: string): string {
  let depth = 0;
  return text.replace(
    /<div xmlns="http:\/\/www\.w3\.org\/1999\/xhtml".*?<\/div>(?=<\/text>)|<[^>]*>/gs,
    (tag, at: number) => {
      const isEnd = tag.startsWith('</');
      if (isEnd) depth--;
      const line = at === 0 || text[at - 1] === '\n' ? '' : newLine(depth);
      if (!isEnd && !tag.endsWith('/>') && !tag.startsWith('<?') && !tag.startsWith('<div')) depth++;
      return `${line}${tag}`;
    },
  );
}

function newLine(depth: number): string {
  return `\n${'  '.repeat(depth)}`;
}
