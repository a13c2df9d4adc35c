import type { Bundle, BundleEntry, BundleEntryRequest, FhirResource } from 'fhir/r4';
import { parseSearch } from '#fhir-search';
import { error, FhirError, type Issue, type ServiceName } from '#fhir';
import { type Headers, preferOf } from '../headers.js';
import { conditionsOf } from '../interactions/asked-write.js';
import { inEntry } from '../interactions/stored-response.js';
import { nearestOf } from '../nearest.js';
import { isId } from '../route.js';
import type { Address, ReadEntry, WriteEntry } from './entry.js';

export interface Reading {
  /** Who serves a type, and that clients may write it; undefined for a type that nobody serves. */
  ownerOf: (type: string) => ServiceName | undefined;
  /** For the nearest one. */
  types: readonly string[];
  /** Of the whole request: what they prefer holds for the entries. */
  headers: Headers;
}

/** The entries of a transaction, or every reason why one of them cannot be served. */
export function entriesOf(bundle: Bundle<FhirResource>, reading: Reading): (WriteEntry | ReadEntry)[] {
  const issues: Issue[] = [];
  const entries = (bundle.entry ?? []).flatMap((entry, at) => {
    const place = `Bundle.entry[${String(at)}]`;
    try {
      return [new EntryReader({ at, place, entry }, reading).read()];
    } catch (thrown) {
      const placed = inEntry(thrown, place);
      if (!(placed instanceof FhirError)) throw thrown;
      issues.push(...placed.issues);
      return [];
    }
  });
  if (issues.length > 0) throw new FhirError(issues, { status: 422 });
  return entries;
}

interface Sent {
  at: number;
  place: string;
  entry: BundleEntry<FhirResource>;
}

/** `Task`, `Task/1`, `Task?code=…` or, to be read, `Task/1/_history/2`. */
interface Target {
  type: string;
  owner: ServiceName;
  url: string;
  id?: string;
  version?: string;
  criteria?: string;
}

const address =
  /^(?<type>[A-Z][A-Za-z]*)(?:\/(?<id>[A-Za-z0-9\-.]{1,64})(?:\/_history\/(?<version>\d{1,9}))?)?(?:\?(?<criteria>.*))?$/;

const conditions = ['ifNoneExist', 'ifMatch', 'ifNoneMatch', 'ifModifiedSince'] as const;
type Condition = (typeof conditions)[number];

class EntryReader {
  constructor(
    private readonly sent: Sent,
    private readonly reading: Reading,
  ) {}

  read(): WriteEntry | ReadEntry {
    switch (this.#request.method) {
      case 'POST':
        return this.#create();
      case 'PUT':
        return this.#update();
      case 'PATCH':
        return this.#patch();
      case 'DELETE':
        return this.#delete();
      default:
        return this.#read();
    }
  }

  get #request(): BundleEntryRequest {
    const { request } = this.sent.entry;
    if (request) return request;
    throw this.#refused('required', 'An entry of a transaction needs a request.', 'request');
  }

  #create(): WriteEntry {
    this.#allow('ifNoneExist');
    const { id, criteria, ...target } = this.#target();
    if (id !== undefined || criteria !== undefined) {
      throw this.#refused(
        'value',
        'The url of a POST must be a type; operations are called on their own.',
        'request.url',
      );
    }
    const { ifNoneExist } = this.#request;
    const condition = ifNoneExist === undefined ? {} : { ifNoneExist: queryIn(ifNoneExist) };
    return { ...this.#placed(target), interaction: 'create', resource: this.#resource(target.type), ...condition };
  }

  #update(): WriteEntry {
    this.#allow('ifMatch', 'ifNoneMatch');
    const target = this.#target();
    const address = this.#address(target);
    const resource = this.#resource(target.type);
    return { ...this.#placed(target), interaction: 'update', resource, address, conditions: this.#conditions() };
  }

  #patch(): WriteEntry {
    this.#allow('ifMatch', 'ifNoneMatch');
    const target = this.#target();
    const address = this.#address(target);
    const { resource } = this.sent.entry;
    if (resource?.resourceType !== 'Parameters' && resource?.resourceType !== 'Binary') {
      const diagnostics =
        'A PATCH holds Parameters (FHIRPath Patch), or a Binary of contentType application/json-patch+json.';
      throw this.#refused('value', diagnostics, 'resource');
    }
    return { ...this.#placed(target), interaction: 'patch', resource, address, conditions: this.#conditions() };
  }

  #delete(): WriteEntry {
    this.#allow('ifMatch', 'ifNoneMatch');
    const target = this.#target();
    const address = this.#address(target);
    return { ...this.#placed(target), interaction: 'delete', address, conditions: this.#conditions() };
  }

  /** What cannot be answered is refused before anything is written. */
  #read(): ReadEntry {
    this.#allow('ifNoneMatch', 'ifModifiedSince');
    const { type, owner, url, id, criteria } = this.#target();
    if (id === undefined) parseSearch(type, new URLSearchParams(criteria), preferOf(this.reading.headers));
    const { ifNoneMatch, ifModifiedSince, method } = this.#request;
    const headers = {
      ...(ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch }),
      ...(ifModifiedSince === undefined ? {} : { 'if-modified-since': new Date(ifModifiedSince).toUTCString() }),
    };
    const { at, place } = this.sent;
    return { at, place, type, owner, interaction: 'read', url, headers, head: method === 'HEAD' };
  }

  #placed({ type, owner }: Pick<Target, 'type' | 'owner'>) {
    const { at, place, entry } = this.sent;
    return { at, place, type, owner, ...(entry.fullUrl === undefined ? {} : { fullUrl: entry.fullUrl }) };
  }

  #target(): Target {
    const url = this.#request.url.replace(/^\//, '');
    const named = address.exec(url)?.groups;
    const type = named?.['type'] ?? url.split(/[/?]/, 1)[0] ?? '';
    const owner = this.reading.ownerOf(type);
    if (owner === undefined) throw this.#unknownType(type);
    if (!named || !isId(named['id'] ?? 'none')) {
      throw this.#refused(
        'value',
        'The url must be Type, Type/id, Type?criteria or, to be read, a version.',
        'request.url',
      );
    }
    const { id, version, criteria } = named;
    return { type, owner, url, ...defined({ id, version, criteria }) };
  }

  #address({ id, version, criteria }: Target): Address {
    if (id !== undefined && version === undefined && criteria === undefined) return { id };
    if (id === undefined && criteria !== undefined) return { criteria };
    const { method } = this.#request;
    throw this.#refused('value', `The url of a ${method} must be Type/id or Type?criteria.`, 'request.url');
  }

  #resource(type: string): FhirResource {
    const { resource } = this.sent.entry;
    if (!resource) throw this.#refused('required', 'A POST or PUT entry needs a resource.', 'resource');
    if (resource.resourceType === type) return resource;
    throw this.#refused('value', `The resource must be a ${type}, as its request says.`, 'resource.resourceType');
  }

  #conditions() {
    const { ifMatch, ifNoneMatch } = this.#request;
    return conditionsOf({
      ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
      ...(ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch }),
    });
  }

  /** A condition that would be passed over is refused. */
  #allow(...allowed: Condition[]): void {
    const { method, ...request } = this.#request;
    const other = conditions.find((name) => request[name] !== undefined && !allowed.includes(name));
    if (other === undefined) return;
    throw this.#refused('not-supported', `A ${method} does not take ${other}; leave it out.`, `request.${other}`);
  }

  #unknownType(type: string): FhirError {
    const nearest = nearestOf(type, this.reading.types);
    const hint = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
    return this.#refused('not-supported', `This resource type is not served here.${hint}`, 'request.url');
  }

  #refused(code: Issue['code'], diagnostics: string, element: string): FhirError {
    return new FhirError([error(code, diagnostics, `${this.sent.place}.${element}`)]);
  }
}

/** `identifier=…`, also of `Patient?identifier=…`. */
function queryIn(ifNoneExist: string): string {
  const [address = '', ...query] = ifNoneExist.trim().split('?');
  return query.length === 0 ? address : query.join('?');
}

function defined<T extends Record<string, string | undefined>>(named: T): { [K in keyof T]?: string } {
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: string;
  };
}
