import { compile, resolveInternalTypes, types } from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4';
import type { FhirResource } from 'fhir/r4';
import { converterOf } from './index-values.js';
import type { IndexValue, SearchParameter } from './search.js';

const resolved = /\.where\(\s*resolve\(\)\s+is\s+(?:FHIR\.)?(\w+)\s*\)$/;

/**
 * Reads the elements of an expression that is more than a path. `where(resolve() is Patient)` at the end of a branch is
 * answered by the type that the reference itself names: nothing is fetched. Throws where the expression is no FHIRPath.
 * A resource on which it cannot be evaluated says nothing, unless `strict`.
 */
export function fhirPathReaderOf(parameter: SearchParameter, { strict = false } = {}): Reader {
  const readers = branchesOf(parameter.expression).map((branch) => branchReader(parameter, branch));
  return (resource) => readers.flatMap((read) => (strict ? read(resource) : readIfPossible(read, resource)));
}

type Reader = (resource: FhirResource) => IndexValue[];

/** The resource was found valid before; that a parameter's author did not think of it must not hold up the write. */
function readIfPossible(read: Reader, resource: FhirResource): IndexValue[] {
  try {
    return read(resource);
  } catch {
    return [];
  }
}

/** The alternatives of an expression, where `|` stands outside of brackets and quotes. */
export function branchesOf(expression: string): string[] {
  const branches: string[] = [];
  let depth = 0;
  let start = 0;
  for (const { 0: mark, index } of expression.matchAll(/'(?:\\.|[^'\\])*'|[()|]/g)) {
    if (mark === '(') depth++;
    else if (mark === ')') depth--;
    else if (mark === '|' && depth === 0) {
      branches.push(expression.slice(start, index).trim());
      start = index + 1;
    }
  }
  return [...branches, expression.slice(start).trim()];
}

function branchReader(parameter: SearchParameter, branch: string): Reader {
  const resolvesTo = resolved.exec(branch)?.[1];
  const path = ofEach(branch.replace(resolved, ''));
  if (/\b(?:resolve|memberOf|subsumes|subsumedBy)\s*\(/.test(path)) throw new Error('It looks beyond the resource.');
  const evaluate = compile(path, r4, {
    resolveInternalTypes: false,
    traceFn: () => undefined,
  });
  return (resource) => {
    const found = evaluate(resource) as unknown[];
    const typeNames = types(found).map(elementType);
    const values = resolveInternalTypes(found) as unknown[];
    const into: IndexValue[] = [];
    values.forEach((value, index) => {
      converterOf(parameter.type, typeNames[index] ?? '')?.(value, { parameter, resolvesTo }, into);
    });
    return into;
  };
}

/** The specification's `as` stands for each of several elements, FHIRPath's for one alone. */
function ofEach(path: string): string {
  return path.replace(/\(([\w.]+) as (\w+)\)/g, '$1.ofType($2)').replace(/\.as\((\w+)\)/g, '.ofType($1)');
}

/** `FHIR.HumanName` is HumanName, `System.Boolean` is boolean. */
function elementType(name: string): string {
  const [namespace, type = ''] = name.split('.');
  return namespace === 'System' ? `${type.slice(0, 1).toLowerCase()}${type.slice(1)}` : type;
}
