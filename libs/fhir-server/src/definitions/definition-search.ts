import { FhirError, type Issue, operationOutcome, warning } from '#fhir';
import { normalise } from '#fhir-search';
import { preferOf } from '../headers.js';
import { bundleOf } from '../interactions/bundle.js';
import { nearestOf } from '../nearest.js';
import type { FhirRequest, FhirResponse } from '../operation.js';
import type { Serving } from '../serving.js';
import { operationsElsewhere } from './operations-elsewhere.js';
import { messageDefinitions } from './served-messages.js';
import type { Definition, DefinitionType } from './definition.js';
import { definitionModifiers, type DefinitionParameter, definitionParametersOf } from './definition-parameters.js';

interface Asked {
  criteria: ((definition: Definition) => boolean)[];
  /** What MessageDefinitions are to be for: each of them, as one of its alternatives. */
  contexts: string[][];
  count: number;
  start: number;
  total: boolean;
  applied: URLSearchParams;
}

const usualCount = 50;

/** One page of the definitions of a type, in the order of their ids. https://hl7.org/fhir/R4/search.html */
export async function searchDefinitions(
  type: DefinitionType,
  request: FhirRequest,
  serving: Serving,
): Promise<FhirResponse> {
  const { asked, warnings } = askedOf(type, request, serving);
  const known = await knownOf(type, asked, { request, serving });
  const all = known.filter((definition) => asked.criteria.every((meets) => meets(definition)));
  const sorted = all.sort((one, other) => (one.id < other.id ? -1 : 1));
  const { start, count, applied } = asked;
  const entries = sorted.slice(start, start + count).map((definition) => entryOf(serving.baseUrl, definition));
  const outcome = JSON.stringify({ resource: operationOutcome(warnings), search: { mode: 'outcome' } });
  const links = linksOf(`${serving.baseUrl}/${type}`, applied, {
    next: count > 0 && start + count < sorted.length ? start + count : undefined,
  });
  const total = asked.total || count === 0 ? sorted.length : undefined;
  const listed = warnings.length === 0 ? entries : [...entries, outcome];
  return { status: 200, content: bundleOf({ type: 'searchset', total, links, form: request.form, entries: listed }) };
}

/** Which messages a receiver takes is not built, but asked of what it says of itself. */
async function knownOf(
  type: DefinitionType,
  { contexts }: Asked,
  { request, serving }: { request: FhirRequest; serving: Serving },
): Promise<Definition[]> {
  if (contexts.length > 0) return messageDefinitions((await serving.faces.messages?.inContext(contexts)) ?? []);
  return serving.definitions.all(type, await operationsElsewhere(type, request, serving));
}

function entryOf(baseUrl: string, { type, id, read }: Definition): string {
  return JSON.stringify({ fullUrl: `${baseUrl}/${type}/${id}`, resource: read(), search: { mode: 'match' } });
}

function linksOf(
  address: string,
  applied: URLSearchParams,
  { next }: { next: number | undefined },
): { relation: string; url: string }[] {
  const addressed = (query: URLSearchParams): string => (query.size === 0 ? address : `${address}?${query.toString()}`);
  const self = { relation: 'self', url: addressed(applied) };
  if (next === undefined) return [self];
  const following = new URLSearchParams(applied);
  following.set('_cursor', String(next));
  return [self, { relation: 'next', url: addressed(following) }];
}

/** What the query asks for; what is not understood is refused, or left out with a warning where the client is lenient. */
function askedOf(
  type: DefinitionType,
  { query, headers }: FhirRequest,
  { limits }: Serving,
): { asked: Asked; warnings: Issue[] } {
  const count = Math.min(usualCount, limits.pageCount);
  const asked: Asked = { criteria: [], contexts: [], count, start: 0, total: true, applied: new URLSearchParams() };
  const issues: Issue[] = [];
  for (const [name, value] of query) {
    const fault = understood(asked, { type, name, value, pageCount: limits.pageCount });
    if (fault === undefined) asked.applied.append(name, name === '_count' ? String(asked.count) : value);
    else issues.push(fault);
  }
  const { lenient } = preferOf(headers);
  if (issues.length > 0 && !lenient) throw new FhirError(issues, { status: 400 });
  return {
    asked,
    warnings: issues.map(({ code, diagnostics }) => warning(code, `${diagnostics} It was left out of the search.`)),
  };
}

/** Adds one parameter to what is asked; or says why not. */
function understood(
  asked: Asked,
  { type, name, value, pageCount }: { type: DefinitionType; name: string; value: string; pageCount: number },
): Issue | undefined {
  switch (name) {
    case '_elements':
      return undefined;
    case '_summary':
      if (value === 'count') asked.count = 0;
      return undefined;
    case '_count':
    case '_cursor':
      if (!/^\d{1,6}$/.test(value))
        return fault('value', `The value of '${name}' is not understood: a number is expected.`);
      if (name === '_count') asked.count = Math.min(Number(value), pageCount);
      else asked.start = Number(value);
      return undefined;
    case '_total':
      asked.total = value !== 'none';
      return undefined;
    default:
      return criterion(asked, { type, name, value });
  }
}

function criterion(
  asked: Asked,
  { type, name, value }: { type: DefinitionType; name: string; value: string },
): Issue | undefined {
  const [code = '', modifier] = name.split(':');
  const parameters = definitionParametersOf(type);
  const parameter = parameters.find((each) => each.code === code);
  if (!parameter) return unknown(code, parameters);
  if (code === 'context' && modifier === undefined) {
    asked.contexts.push(alternativesOf(value));
    return undefined;
  }
  const meets = meetsOf(parameter, modifier, value);
  if (typeof meets === 'string') return fault('not-supported', meets);
  asked.criteria.push(meets);
  return undefined;
}

/** Whether a definition meets one parameter, or why this cannot be asked. */
function meetsOf(
  { code, type, element }: DefinitionParameter,
  modifier: string | undefined,
  value: string,
): ((definition: Definition) => boolean) | string {
  if (modifier === 'missing') {
    if (value !== 'true' && value !== 'false')
      return `The value of '${code}:missing' is not understood: true or false.`;
    return ({ described }) => (described[element] === undefined) === (value === 'true');
  }
  const match = code === 'context' ? undefined : matches[`${type}:${modifier ?? ''}`];
  if (!match) return `'${code}' of definitions takes no such modifier; it takes ${modifiersSaid(type)}.`;
  const sought = alternativesOf(value);
  const negated = modifier === 'not';
  return ({ described }) => {
    const values = textsOf(described[element]);
    return sought.some((one) => values.some((each) => match(each, one))) !== negated;
  };
}

function alternativesOf(value: string): string[] {
  return value.split(/(?<!\\),/).map((each) => each.replaceAll(/\\([\\,$|])/g, '$1'));
}

type Match = (value: string, sought: string) => boolean;

const sameCode: Match = (value, sought) => value === sought.slice(sought.lastIndexOf('|') + 1);
const sameUrl: Match = (value, sought) => value === sought || value.split('|')[0] === sought.split('|')[0];

const matches: Partial<Record<string, Match>> = {
  'token:': sameCode,
  'token:not': sameCode,
  'string:': (value, sought) => normalise(value).startsWith(normalise(sought)),
  'string:contains': (value, sought) => normalise(value).includes(normalise(sought)),
  'string:exact': (value, sought) => value === sought,
  'uri:': (value, sought) => value === sought,
  'uri:below': (value, sought) => value.startsWith(sought),
  'uri:above': (value, sought) => sought === value || sought.startsWith(value.endsWith('/') ? value : `${value}/`),
  'reference:': sameUrl,
};

function modifiersSaid(type: DefinitionParameter['type']): string {
  return definitionModifiers[type].map((modifier) => `:${modifier}`).join(', ');
}

function textsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsOf);
  return typeof value === 'string' || typeof value === 'boolean' ? [String(value)] : [];
}

function unknown(code: string, known: readonly DefinitionParameter[]): Issue {
  const shown = /^_?[A-Za-z][\w.-]{0,40}$/.test(code) ? `'${code}'` : '(not of the form of a name)';
  const codes = known.map((parameter) => parameter.code);
  const nearest = nearestOf(code, codes);
  const hint = nearest === undefined ? '' : ` The nearest known one is '${nearest}'.`;
  return fault('not-supported', `The search parameter ${shown} is not known.${hint} Known: ${codes.join(', ')}.`);
}

function fault(code: Issue['code'], diagnostics: string): Issue {
  return { severity: 'error', code, diagnostics };
}
