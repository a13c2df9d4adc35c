import type { Headers } from './headers.js';

/** What the NHSD headers of the Booking and Referral Standard say: ids and codes alone, never the name of anybody. */
export interface NhsdHeaders {
  /** The service that is meant: `https://fhir.nhs.uk/Id/dos-service-id|2000011147`. */
  target?: string;
  /** ODS code of the organisation on whose behalf it is asked. */
  organisation?: string;
  /** Id of the sender's software. */
  software?: string;
  /** SDS role profile id of who sends. */
  role?: string;
  /** `usecase|category|event|reason`; a receiver must not act on it. */
  useContext?: string;
}

/** Each as far as it can be read: who sends them must not be refused for what nobody needs here. */
export function nhsdHeadersOf(headers: Headers): NhsdHeaders {
  const target = identifierOf(objectIn(headers['nhsd-target-identifier']));
  const said = {
    target: typeof target?.system === 'string' ? `${target.system}|${target.value}` : undefined,
    organisation: identifierIn(headers['nhsd-end-user-organisation'])?.value,
    software: identifierIn(headers['nhsd-requesting-software'])?.value,
    role: identifierIn(headers['nhsd-requesting-practitioner'])?.value,
    useContext: headers['use-context'],
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined && isId(value)));
}

/** The JSON object in a header: Base64 of either alphabet, with or without its padding; undefined where there is none. */
export function nhsdObjectIn(header: string): object | undefined {
  const text = header.trim();
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return undefined;
  try {
    const said: unknown = JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
    return typeof said === 'object' && said !== null && !Array.isArray(said) ? said : undefined;
  } catch {
    return undefined;
  }
}

interface Identifier {
  system?: unknown;
  value: string;
}

/** The identifier of the resource in a header. */
function identifierIn(header: string | undefined): Identifier | undefined {
  const said = objectIn(header);
  return said && 'identifier' in said ? identifierOf(said.identifier) : undefined;
}

/** An identifier, or the first of several. */
function identifierOf(said: unknown): Identifier | undefined {
  const first: unknown = Array.isArray(said) ? said[0] : said;
  if (typeof first !== 'object' || first === null || !('value' in first)) return undefined;
  return typeof first.value === 'string' ? { ...first, value: first.value } : undefined;
}

function objectIn(header: string | undefined): object | undefined {
  return header === undefined ? undefined : nhsdObjectIn(header);
}

/** A name, or what may be an NHS number, put in the place of an id is not kept. */
function isId(value: string): boolean {
  if (!/^[\w.:/|+=-]{1,200}$/.test(value)) return false;
  return isOfDirectory(value) || !value.split('|').some(mayBeNhsNumber);
}

/** Also as it is written in groups. */
function mayBeNhsNumber(part: string): boolean {
  return /^\d{10}$/.test(part.replaceAll(/[.:/+=-]/g, ''));
}

/** A service of the directory may have ten digits for its id. */
function isOfDirectory(value: string): boolean {
  return value.startsWith('https://fhir.nhs.uk/Id/dos-service-id|');
}
