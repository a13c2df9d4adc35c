import type { FhirResource, Parameters, ParametersParameter } from 'fhir/r4';
import { error, FhirError } from '#fhir';
import { addAt, deleteAt, insertAt, moveWithin, replaceAt } from './element-changes.js';
import { elementsAt } from './element-path.js';
import { copyOf, sizeOf } from './json-copy.js';
import { type PatchOperation, patchOperationOf } from './patch-operation.js';

/** Changes that are named by FHIRPath. https://hl7.org/fhir/R4/fhirpatch.html */
export function applyFhirPathPatch({ parameter = [] }: Parameters, resource: FhirResource): FhirResource {
  const operations = operationsIn(parameter);
  if (operations.length * sizeOf(resource) > mostVisited) {
    throw FhirError.of(
      'too-costly',
      'So many operations on so large a resource are more than this server does at once.',
    );
  }
  const document = copyOf(resource);
  for (const operation of operations) {
    try {
      apply(operation, document);
    } catch (thrown) {
      throw inOperation(operation, thrown);
    }
  }
  return document;
}

const mostOperations = 200;
/** Each path may look at every value of the resource. */
const mostVisited = 300_000;

function operationsIn(parameters: readonly ParametersParameter[]): PatchOperation[] {
  if (parameters.length === 0)
    throw FhirError.of('required', 'This patch holds no operation.', { expression: 'Parameters.parameter' });
  if (parameters.length > mostOperations) {
    throw FhirError.of('too-costly', `A FHIRPath Patch may have ${String(mostOperations)} operations.`);
  }
  return parameters.map(patchOperationOf);
}

function apply(operation: PatchOperation, document: FhirResource): void {
  const elements = elementsAt(document, operation.path);
  switch (operation.type) {
    case 'add':
      addAt(elements, operation);
      return;
    case 'insert':
      insertAt(elements, operation);
      return;
    case 'delete':
      deleteAt(elements);
      return;
    case 'replace':
      replaceAt(elements, operation);
      return;
    case 'move':
      moveWithin(elements, operation);
      return;
  }
}

function inOperation({ index, type }: PatchOperation, thrown: unknown): unknown {
  if (!(thrown instanceof FhirError)) return thrown;
  const place = `Parameters.parameter[${String(index)}]`;
  const issues = thrown.issues.map(({ code, diagnostics }) =>
    error(code, `Operation ${String(index)} of the patch (counted from 0, ${type}): ${diagnostics}`, place),
  );
  return new FhirError(issues, { status: 422 });
}
