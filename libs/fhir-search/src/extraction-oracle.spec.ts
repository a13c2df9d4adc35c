import type { FhirResource } from 'fhir/r4';
import { areThereExamples, examples } from '../test/examples.js';
import { ownKind } from './extraction-plan.js';
import { branchesOf, fhirPathReaderOf } from './fhirpath-reader.js';
import { indexEntriesOf } from './index-entries.js';
import { searchParametersOf } from './parameters.js';
import type { IndexValue, SearchParameter } from './search.js';

type Reader = (resource: FhirResource) => IndexValue[];

/** One reader per parameter, made of nothing but its FHIRPath expression. */
const readers = new Map<SearchParameter, Reader>();

function readerOf(parameter: SearchParameter): Reader {
  const known = readers.get(parameter);
  if (known) return known;
  const made = parameter.type === 'composite' ? compositeReader(parameter) : fhirPathReaderOf(parameter);
  readers.set(parameter, made);
  return made;
}

/** Each part's expression below the first, second, … element of the composite's, as far as the examples go. */
function compositeReader({ expression, components = [] }: SearchParameter): Reader {
  const elements = branchesOf(expression).flatMap((branch) => {
    const repeats = branch.includes('.') ? Array.from({ length: 40 }, (_, at) => `[${String(at)}]`) : [''];
    return repeats.map((repeat) => components.map((component) => partReader(component, `${branch}${repeat}`)));
  });
  return (resource) =>
    elements.flatMap((parts): IndexValue[] => {
      const values = parts.map((part) => part(resource));
      return values.every(({ length }) => length > 0) ? [{ type: 'composite', parts: values }] : [];
    });
}

function partReader(component: SearchParameter, element: string): Reader {
  const branches = branchesOf(component.expression).map((branch) => `${element}.${branch}`);
  // The specification writes DateTime in one place and means dateTime.
  const expression = branches.join(' | ');
  const read = fhirPathReaderOf({ ...component, expression });
  return (resource) => read(resource).filter(({ type }) => type === ownKind(component.type));
}

function said(values: readonly IndexValue[]): string[] {
  return [...new Set(values.map((value) => JSON.stringify(value)))].sort();
}

describe('what is extracted along paths', () => {
  const resources = examples();

  it(
    areThereExamples
      ? 'is what FHIRPath says of each published example, under every parameter'
      : 'is not compared here: the published examples are absent',
    () => {
      const differences: string[] = [];
      let compared = 0;
      for (const resource of resources) {
        const entries = new Map(indexEntriesOf(resource).map(({ parameter, values }) => [parameter, values]));
        for (const parameter of searchParametersOf(resource.resourceType)) {
          const [mine, theirs] = [said(entries.get(parameter) ?? []), said(readerOf(parameter)(resource))];
          if (mine.length > 0) compared++;
          if (mine.join() !== theirs.join()) differences.push(`${resource.resourceType}.${parameter.code}`);
        }
      }
      expect([...new Set(differences)]).toEqual([]);
      expect(compared > 4000).toBe(areThereExamples);
    },
    120_000,
  );

  it(areThereExamples ? 'covers composites, places and identifiers with a type' : 'covers nothing here', () => {
    const kinds = new Set(
      resources.flatMap((each) => indexEntriesOf(each).flatMap(({ values }) => values.map(({ type }) => type))),
    );
    const all = [
      'composite',
      'date',
      'number',
      'position',
      'reference',
      'string',
      'text',
      'token',
      'typedIdentifier',
      'uri',
    ];
    expect([...kinds].sort()).toEqual(areThereExamples ? all : []);
  });
});
