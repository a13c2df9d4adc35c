import { type SearchParameter, searchParametersOf } from '#fhir-search';
import type { Dice } from '../hostile/dice.js';
import { kinds } from './records.js';
import type { Question } from './watched-world.js';

/** Ids that a question may name, whether they are there or not. */
export interface Askable {
  dice: Dice;
  ids: readonly string[];
}

/** One question of any kind that reads. */
export function questionOf(askable: Askable): Question {
  const { dice } = askable;
  const make = dice.of([...searches, instance, instance, histories, operations, batch]);
  return make(askable);
}

type Make = (askable: Askable) => Question;

const search: Make = (askable) => ({ path: searchPath(askable) });
const posted: Make = (askable) => {
  const [type = '', query = ''] = searchPath(askable).split('?');
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return { method: 'POST', path: `${type}/_search`, headers, body: query };
};
const searches: readonly Make[] = [search, search, search, search, posted];

const instance: Make = ({ dice, ids }) => {
  const place = `${dice.of(kinds)}/${dice.of(ids)}`;
  const ends = [
    '',
    '',
    '/_history',
    '/_history/1',
    '/_history/2',
    '/$meta',
    '/$validate',
    '?_elements=id',
    '?_summary=text',
  ];
  const accept = dice.of(['application/fhir+json', 'application/fhir+json', 'application/fhir+xml', 'text/plain']);
  return { path: `${place}${dice.of(ends)}`, headers: { accept } };
};

const histories: Make = ({ dice }) => {
  const of = dice.of(['', `${dice.of(kinds)}/`]);
  return {
    path: `${of}_history?_count=${dice.of(['1', '3', '20', '500'])}${dice.of(['', '', '&_at=2026', '&_since=2020'])}`,
  };
};

const operations: Make = ({ dice, ids }) => {
  const id = dice.of(ids);
  const valueSet = `url=${encodeURIComponent(`https://leaks.example/ValueSet/${id}`)}`;
  return {
    path: dice.of([
      '$meta',
      `${dice.of(kinds)}/$meta`,
      `Patient/${id}/$everything?_count=${dice.of(['1', '5', '200'])}`,
      `ServiceRequest/${id}/$everything`,
      `Composition/${id}/$document`,
      `ValueSet/${id}/$expand`,
      `ValueSet/$expand?${valueSet}`,
      `ValueSet/$validate-code?${valueSet}&system=https://leaks.example/codes&code=code-${id}`,
      `Subscription/${id}/$status`,
      `Observation?code:in=https://leaks.example/ValueSet/${id}`,
    ]),
  };
};

const batch: Make = (askable) => {
  const makes = [search, instance, histories, operations];
  const entry = [1, 2, 3].map(() => {
    const { path } = askable.dice.of(makes)(askable);
    return { request: { method: 'GET', url: path } };
  });
  return { method: 'POST', path: '', body: JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry }) };
};

function searchPath(askable: Askable): string {
  const { dice } = askable;
  const type = dice.of(kinds);
  const criteria = Array.from({ length: dice.below(3) }, () => criterionOf(type, askable, 2));
  const shape = [
    ...(dice.chance(0.4) ? [includeOf(type, dice)] : []),
    ...(dice.chance(0.4) ? [includeOf(type, dice)] : []),
    ...(dice.chance(0.3) ? [`_sort=${dice.of(['', '-'])}${dice.of(codesOf(type))}`] : []),
    ...(dice.chance(0.3) ? ['_total=accurate'] : []),
    ...(dice.chance(0.2) ? [`_summary=${dice.of(['count', 'true', 'text', 'data'])}`] : []),
    ...(dice.chance(0.2) ? ['_elements=identifier,subject'] : []),
    `_count=${dice.of(['1', '2', '5', '500'])}`,
  ];
  return `${type}?${[...criteria, ...shape].join('&')}`;
}

function codesOf(type: string): string[] {
  return ['_id', '_lastUpdated', ...searchParametersOf(type).map(({ code }) => code)];
}

/** `subject:Patient.identifier=…`, `_has:Task:focus:_id=…`: as deep as told. */
function criterionOf(type: string, askable: Askable, deepest: number): string {
  const { dice } = askable;
  const references = searchParametersOf(type).filter(({ targets }) => targets.some((each) => kinds.includes(each)));
  if (deepest > 0 && dice.chance(0.25)) {
    const pointing = kinds.flatMap((source) =>
      searchParametersOf(source)
        .filter(({ targets }) => targets.includes(type))
        .map(({ code }) => ({ source, code })),
    );
    if (pointing.length > 0) {
      const { source, code } = dice.of(pointing);
      return `_has:${source}:${code}:${criterionOf(source, askable, deepest - 1)}`;
    }
  }
  if (deepest > 0 && references.length > 0 && dice.chance(0.4)) {
    const parameter = dice.of(references);
    const target = dice.of(parameter.targets.filter((each) => kinds.includes(each)));
    return `${parameter.code}:${target}.${criterionOf(target, askable, deepest - 1)}`;
  }
  return plainOf(type, dice.chance(0.5) && references.length > 0 ? dice.of(references) : undefined, askable);
}

function plainOf(type: string, reference: SearchParameter | undefined, { dice, ids }: Askable): string {
  const id = dice.of(ids);
  if (reference) {
    const target = dice.of(reference.targets.filter((each) => kinds.includes(each)));
    return dice.of([
      `${reference.code}=${target}/${id}`,
      `${reference.code}:identifier=https://leaks.example/ids|secret-${target}-${id}`,
      `${reference.code}:missing=${dice.of(['true', 'false'])}`,
    ]);
  }
  const has = (code: string): boolean => searchParametersOf(type).some((parameter) => parameter.code === code);
  return dice.of([
    `_id=${id}`,
    `_id:not=${id}`,
    `_lastUpdated=ge2020`,
    `_tag=tag-${type}-${id}-v1`,
    `_tag:not=tag-${type}-${id}-v1`,
    ...(has('identifier') ? [`identifier=secret-${type}-${id}`, `identifier:not=secret-${type}-${id}`] : []),
    ...(has('family') ? [`family=Family${id}`, `family:contains=family`] : []),
    ...(has('status') ? ['status=active,draft,final'] : []),
    ...(has('near') ? ['near=53.8|-1.7|5|km'] : []),
    ...(has('code') ? [`code=code-${id}`, `code:in=https://leaks.example/ValueSet/${id}`] : []),
  ]);
}

function includeOf(type: string, dice: Dice): string {
  const iterate = dice.of(['', '', ':iterate']);
  const own = searchParametersOf(type).filter(({ type: kind }) => kind === 'reference');
  const sources = kinds.flatMap((source) =>
    searchParametersOf(source)
      .filter(({ targets }) => targets.includes(type))
      .map(({ code }) => `${source}:${code}`),
  );
  return dice.of([
    ...(own.length > 0 ? [`_include${iterate}=${type}:${dice.of(own).code}`, `_include=${type}:*`] : []),
    ...(sources.length > 0 ? [`_revinclude${iterate}=${dice.of(sources)}`] : []),
    `_include:iterate=${dice.of(['Task:focus', 'Task:patient', 'ServiceRequest:subject', 'Observation:subject'])}`,
    `_revinclude:iterate=${dice.of(['Task:focus', 'Observation:based-on', 'Encounter:part-of', 'Task:part-of'])}`,
  ]);
}
