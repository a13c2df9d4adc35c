import { STATUS_CODES } from 'node:http';
import { stringifyJson } from '#fhir';
import type { FhirResponse } from '../operation.js';
import type { Serving } from '../serving.js';

interface Answer {
  resourceType?: string;
  id?: string;
}

/** One answer as an entry, put together as text so that what is stored is served byte for byte. */
export function answerEntry(response: FhirResponse, head: boolean, { baseUrl }: Serving): string {
  const text = contentOf(response);
  const isFault = response.status >= 400;
  const shown = isFault || head || text === undefined ? '' : `,"resource":${text}`;
  const { resourceType, id } = shown === '' ? {} : answerIn(text);
  const address =
    resourceType !== undefined && id !== undefined
      ? `,"fullUrl":${JSON.stringify(`${baseUrl}/${resourceType}/${id}`)}`
      : '';
  const outcome = isFault && text !== undefined ? `,"outcome":${text}` : '';
  const said = JSON.stringify(responseOf(response, text)).slice(0, -1);
  return `{${`${address}${shown},"response":${said}${outcome}}`.slice(1)}}`;
}

/** What is no FHIR rides in a Binary. */
function contentOf({ resource, content, contentType }: FhirResponse): string | undefined {
  if (resource) return stringifyJson(resource);
  if (content === undefined || contentType === undefined || /^application\/(fhir\+)?json/.test(contentType))
    return content;
  return JSON.stringify({ resourceType: 'Binary', contentType, data: Buffer.from(content).toString('base64') });
}

/** Type and id stand first in what is stored. */
function answerIn(text: string | undefined): Answer {
  const found = /^\{"resourceType":"([A-Za-z]+)","id":"([A-Za-z0-9\-.]+)"/.exec(text ?? '');
  return found?.[1] === undefined || found[2] === undefined ? {} : { resourceType: found[1], id: found[2] };
}

function responseOf({ status, headers = {} }: FhirResponse, text: string | undefined) {
  const { location, etag, 'last-modified': modified } = headers;
  return {
    status: `${String(status)} ${STATUS_CODES[status] ?? ''}`.trim(),
    ...(location === undefined ? {} : { location }),
    ...(etag === undefined ? {} : { etag }),
    ...(modified === undefined ? {} : { lastModified: exactTime(modified, text) }),
  };
}

/** A header tells seconds; what was stored tells its own time. */
function exactTime(header: string, text = ''): string {
  const told = new Date(header);
  const stored = new Date(/"lastUpdated":"([^"]+)"/.exec(text)?.[1] ?? header);
  const isSame = Math.floor(stored.getTime() / 1000) === Math.floor(told.getTime() / 1000);
  return (isSame ? stored : told).toISOString();
}
