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
  const target = identifierIn(headers['nhsd-target-identifier'], { within: undefined });
  const said = {
    target: target?.system === undefined ? undefined : `${target.system}|${target.value}`,
    organisation: identifierIn(headers['nhsd-end-user-organisation'])?.value,
    software: identifierIn(headers['nhsd-requesting-software'])?.value,
    role: identifierIn(headers['nhsd-requesting-practitioner'])?.value,
    useContext: headers['use-context'],
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined && isCode(value)));
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
  system?: string;
  value: string;
}

/** The header is an Identifier itself, or a resource that has one, or several of which the first counts. */
function identifierIn(
  header: string | undefined,
  { within }: { within: 'identifier' | undefined } = { within: 'identifier' },
): Identifier | undefined {
  const said = header === undefined ? undefined : nhsdObjectIn(header);
  const found: unknown = within === undefined ? said : (said as { identifier?: unknown } | undefined)?.identifier;
  const first: unknown = Array.isArray(found) ? found[0] : found;
  if (typeof first !== 'object' || first === null || !('value' in first)) return undefined;
  const { value } = first;
  if (typeof value !== 'string') return undefined;
  return 'system' in first && typeof first.system === 'string' ? { system: first.system, value } : { value };
}

/** No spaces: a name put in the place of an id is not kept. */
function isCode(value: string): boolean {
  return /^[\w.:/|+=-]{1,200}$/.test(value);
}
