import fhirpath from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4';
import type { FhirResource } from 'fhir/r4';
import { sampleSystem } from './terminology.js';

/** A search parameter as the server describes it. */
export interface Described {
  code: string;
  type: string;
  expression: string;
  /** The parts of a composite: their type, and their expression within the composite's element. */
  components: { type: string; expression: string }[];
}

/** One search for a sample: `name=text` finds it, or must not. */
export interface Sought {
  name: string;
  text: string;
  finds: boolean;
}

type Value = Record<string, unknown> | string | number | boolean;

/** Every modifier that R4 defines for the parameter, with what the sample says under it; none where the sample says nothing. */
export function soughtOf(resource: FhirResource, parameter: Described): Sought[] {
  const { code, type } = parameter;
  const values = evaluated(resource, parameter.expression);
  if (values.length === 0) return [];
  const missing: Sought[] = [
    { name: `${code}:missing`, text: 'false', finds: true },
    { name: `${code}:missing`, text: 'true', finds: false },
  ];
  const found = values.map((value) => searches[type]?.(value, parameter) ?? []).find((some) => some.length > 0) ?? [];
  return found.length === 0 ? [] : [...found, ...(type === 'special' || type === 'composite' ? [] : missing)];
}

function evaluated(resource: unknown, expression: string): Value[] {
  // References of the samples say their type: nothing is to be fetched.
  const local = expression.replaceAll(/resolve\(\) is (\w+)/g, "reference.startsWith('$1/')");
  return fhirpath.evaluate(resource, local, undefined, r4, { traceFn: () => undefined }) as Value[];
}

type Searches = (value: Value, parameter: Described) => Sought[];

const hits = (name: string, text: string): Sought => ({ name, text, finds: true });
const misses = (name: string, text: string): Sought => ({ name, text, finds: false });

const searches: Record<string, Searches> = {
  string: (value, { code }) => {
    const text = textOf(value);
    if (text === undefined) return [];
    return [
      hits(code, escaped(text.slice(0, 3).toLowerCase())),
      misses(code, 'zzz'),
      hits(`${code}:contains`, escaped(text.slice(1, 4).toUpperCase())),
      misses(`${code}:contains`, 'zzz'),
      hits(`${code}:exact`, escaped(text)),
      misses(`${code}:exact`, escaped(text.toUpperCase() === text ? text.toLowerCase() : text.toUpperCase())),
    ];
  },
  token: (value, { code }) => tokenSearches(value, code),
  date: (value, { code }) => {
    const said = dateOf(value);
    if (said === undefined) return [];
    const year = Number(said.slice(0, 4));
    const [before, after] = [`${String(year - 20)}-01-01`, `${String(year + 20)}-01-01`];
    return [
      hits(code, `ap${said}`),
      hits(code, `ge${before}`),
      hits(code, `gt${before}`),
      hits(code, `sa${before}`),
      hits(code, `le${after}`),
      hits(code, `lt${after}`),
      hits(code, `eb${after}`),
      hits(code, `ne${before}`),
      misses(code, before),
      misses(code, `eq${after}`),
      misses(code, `sa${after}`),
      misses(code, `eb${before}`),
    ];
  },
  reference: (value, { code }) => referenceSearches(value, code),
  number: (value, { code }) => numberSearches(code, Number(value), ''),
  quantity: (value, { code }) => {
    const { value: number, system, code: unit } = value as Record<string, unknown>;
    if (typeof number !== 'number') return [];
    const said = [
      ...numberSearches(code, number, `|${String(system)}|${String(unit)}`),
      ...numberSearches(code, number, ''),
    ];
    return [
      ...said,
      misses(code, `${String(number)}|${String(system)}|other`),
      hits(code, `${String(number)}||${String(unit)}`),
    ];
  },
  uri: (value, { code }) => {
    if (typeof value !== 'string') return [];
    return [
      hits(code, escaped(value)),
      misses(code, 'https://example.org/other'),
      hits(`${code}:below`, escaped(siteOf(value))),
      misses(`${code}:below`, 'https://example.com/'),
      hits(`${code}:above`, `${escaped(value.replace(/\|.*/, ''))}/deeper`),
    ];
  },
  composite: (value, { code, components }) => {
    const parts = components.map((part) => {
      const [said] = evaluated(value, part.expression);
      const searched =
        said === undefined ? [] : (searches[part.type]?.(said, { ...part, code: '', components: [] }) ?? []);
      return {
        hit: searched.find(({ name, finds }) => name === '' && finds),
        miss: searched.find(({ name, finds }) => name === '' && !finds),
      };
    });
    const whole = parts.map(({ hit }) => hit?.text);
    const last = parts.at(-1)?.miss?.text;
    if (whole.includes(undefined) || last === undefined) return [];
    return [hits(code, whole.join('$')), misses(code, [...whole.slice(0, -1), last].join('$'))];
  },
  special: (value, { code }) => {
    const { latitude, longitude } = value as Record<string, number>;
    if (latitude === undefined || longitude === undefined) return [];
    const near = (north: number) => `${String(latitude + north)}|${String(longitude)}`;
    return [hits(code, `${near(0.01)}|5|km`), misses(code, `${near(1)}|5|km`), hits(code, `${near(1)}|112|km`)];
  },
};

function tokenSearches(value: Value, code: string): Sought[] {
  const { system, token, text, ofType } = tokenOf(value);
  if (token === undefined) return [];
  const bar = system === undefined ? '' : `${escaped(system)}|`;
  return [
    hits(code, escaped(token)),
    misses(code, 'none-such'),
    hits(`${code}:not`, 'none-such'),
    misses(`${code}:not`, escaped(token)),
    ...(system === undefined
      ? []
      : [
          hits(code, bar + escaped(token)),
          hits(code, bar),
          misses(code, `https://example.org/other|${escaped(token)}`),
          misses(code, `|${escaped(token)}`),
        ]),
    ...(system === sampleSystem ? terminologySearches(code, token) : []),
    ...(text === undefined
      ? []
      : [hits(`${code}:text`, escaped(text.slice(0, 6).toLowerCase())), misses(`${code}:text`, 'zzz')]),
    ...(ofType === undefined
      ? []
      : [hits(`${code}:of-type`, ofType), misses(`${code}:of-type`, ofType.replace(/\|[^|]*$/, '|none'))]),
  ];
}

function terminologySearches(code: string, token: string): Sought[] {
  return [
    hits(`${code}:in`, 'https://example.org/ValueSet/all'),
    misses(`${code}:in`, 'https://example.org/ValueSet/other'),
    hits(`${code}:not-in`, 'https://example.org/ValueSet/other'),
    misses(`${code}:not-in`, 'https://example.org/ValueSet/all'),
    hits(`${code}:below`, `${sampleSystem}|everything`),
    misses(`${code}:above`, `${sampleSystem}|everything`),
    hits(`${code}:above`, `${sampleSystem}|${token}`),
  ];
}

interface Token {
  system?: string;
  token?: string;
  text?: string;
  ofType?: string;
}

interface Said {
  coding?: Said[];
  type?: Said;
  system?: string;
  code?: string;
  value?: string;
  display?: string;
  text?: string;
}

function tokenOf(value: Value): Token {
  if (typeof value !== 'object') return { token: String(value) };
  const said = value as Said;
  if (said.coding) return ofCoding(said.coding[0] ?? {}, said.text);
  if (said.value === undefined) return ofCoding(said, undefined);
  // The system of a ContactPoint says what it is, not whose code.
  const isContact = said.system?.includes(':') === false;
  return defined({ system: isContact ? undefined : said.system, token: said.value, ofType: typeOf(said) });
}

function ofCoding({ system, code, display }: Said, text: string | undefined): Token {
  return defined({ system, token: code, text: text ?? display });
}

function typeOf({ type, value = '' }: Said): string | undefined {
  const typed = type?.coding?.[0];
  return typed && `${escaped(typed.system ?? '')}|${typed.code ?? ''}|${escaped(value)}`;
}

function referenceSearches(value: Value, code: string): Sought[] {
  if (typeof value !== 'object') return [hits(code, escaped(String(value))), misses(code, 'https://example.org/other')];
  const { reference, identifier } = value as { reference?: string; identifier?: { system: string; value: string } };
  if (reference === undefined) return [];
  const [type = '', id = ''] = reference.split('/');
  return [
    hits(code, reference),
    hits(code, id),
    hits(`${code}:${type}`, id),
    misses(code, `${type}/none`),
    misses(`${code}:${type}`, 'none'),
    ...(identifier
      ? [
          hits(`${code}:identifier`, `${identifier.system}|${identifier.value}`),
          misses(`${code}:identifier`, `${identifier.system}|none`),
        ]
      : []),
  ];
}

function numberSearches(code: string, number: number, unit: string): Sought[] {
  const at = (prefix: string, shift = 0) => `${prefix}${String(number + shift)}${unit}`;
  return [
    hits(code, at('')),
    hits(code, at('ge')),
    hits(code, at('le')),
    hits(code, at('ap')),
    hits(code, at('gt', -1)),
    hits(code, at('sa', -1)),
    hits(code, at('lt', 1)),
    hits(code, at('eb', 1)),
    hits(code, at('ne', 1)),
    misses(code, at('', 1)),
    misses(code, at('gt', 1)),
    misses(code, at('lt', -1)),
    misses(code, at('ne')),
  ];
}

/** `https://example.org/` of an address below it; of what is no address, itself. */
function siteOf(value: string): string {
  return /^[a-z]+:\/\/[^/]+\//.exec(value)?.[0] ?? value;
}

function textOf(value: Value): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object') return undefined;
  const { text, family, line } = value as { text?: string; family?: string; line?: string[] };
  return family ?? line?.[0] ?? text;
}

function dateOf(value: Value): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object') return undefined;
  const { start, repeat } = value as { start?: string; repeat?: { boundsPeriod?: { start?: string } } };
  return start ?? repeat?.boundsPeriod?.start;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\,$|]/g, String.raw`\$&`);
}

function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
