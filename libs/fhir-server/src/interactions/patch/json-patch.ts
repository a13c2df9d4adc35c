import { isDeepStrictEqual } from 'node:util';
import type { FhirResource } from 'fhir/r4';
import { applyPatch, type Operation, Pointer } from 'rfc6902';
import { FhirError, type IssueCode } from '#fhir';
import { copyOf, rememberAt, sizeOf, type Spot, taken, type Taken } from './json-copy.js';
import { isOwnKey, spotAt } from './json-spot.js';

/** https://www.rfc-editor.org/rfc/rfc6902 */
export type JsonPatchOperation = { index: number; path: readonly string[] } & (
  { op: 'add' | 'replace' | 'test'; value: Taken } | { op: 'remove' } | { op: 'move' | 'copy'; from: readonly string[] }
);

const mostOperations = 1000;

/** The operations of a parsed body; throws at the first that is none. */
export function jsonPatchIn(body: unknown): JsonPatchOperation[] {
  if (!Array.isArray(body)) {
    throw FhirError.of('structure', 'A JSON Patch is a list of operations, in square brackets, also where it has one.');
  }
  if (body.length === 0) throw FhirError.of('required', 'This JSON Patch holds no operation.');
  if (body.length > mostOperations) {
    throw FhirError.of('too-costly', `A JSON Patch may have ${String(mostOperations)} operations.`);
  }
  return body.map(operationIn);
}

function operationIn(sent: unknown, index: number): JsonPatchOperation {
  const { op, path, from, ...more } = fieldsOf(sent) ?? missing('is no object', index);
  const to = tokensOf(path) ?? missing('has no path that is a JSON Pointer, such as /name/0/family', index);
  if (op === 'remove') return { index, op, path: to };
  if (op === 'move' || op === 'copy') {
    return { index, op, path: to, from: tokensOf(from) ?? missing('has no from that is a JSON Pointer', index) };
  }
  if (!isValued(op)) return missing('has no op that is one of add, remove, replace, move, copy, test', index);
  if (!('value' in more)) return missing('has no value', index);
  return { index, op, path: to, value: taken({ holder: sent as object, name: 'value' }) };
}

function fieldsOf(sent: unknown): Record<string, unknown> | undefined {
  return typeof sent === 'object' && sent !== null && !Array.isArray(sent) ? { ...sent } : undefined;
}

function missing(what: string, index: number): never {
  throw FhirError.of('structure', `${numbered(index)} ${what}.`, { expression: `$[${String(index)}]` });
}

function isValued(op: unknown): op is 'add' | 'replace' | 'test' {
  return op === 'add' || op === 'replace' || op === 'test';
}

/** Of a pointer; undefined where it is none, or names what no document has. */
function tokensOf(pointer: unknown): string[] | undefined {
  if (typeof pointer !== 'string' || (pointer !== '' && !pointer.startsWith('/')) || /~(?![01])/.test(pointer))
    return undefined;
  const tokens = Pointer.fromJSON(pointer).tokens.slice(1);
  return tokens.some((token) => ['__proto__', 'constructor', 'prototype'].includes(token)) ? undefined : tokens;
}

/** Throws at the first operation that cannot be done, and names it. Lists that the patch leaves empty go: FHIR has none. */
export function applyJsonPatch(operations: readonly JsonPatchOperation[], resource: FhirResource): FhirResource {
  const work: Work = { document: copyOf(resource), emptied: new Set(), copied: 0 };
  for (const operation of operations) apply(operation, work);
  return withoutEmptied(work.document, work.emptied);
}

interface Work {
  document: FhirResource;
  /** What something was taken out of. */
  emptied: Set<unknown>;
  /** Values that were copied or moved within the document: each copy may double it. */
  copied: number;
}

const mostCopied = 100_000;
const deepest = 64;

function apply(operation: JsonPatchOperation, work: Work): void {
  const { op, path } = operation;
  if (op === 'test') {
    refuseOther(operation, work.document);
    return;
  }
  const value = valueFor(operation, work);
  const target = spotAt(work.document, path);
  refusePlace(operation, target);
  if (value) refuseDeep(operation, value.value);
  if (op === 'remove') work.emptied.add(target?.holder);
  done(operation, { sent: asSent(operation, value), work });
  if (target) follow(target, value);
}

/** Compared here: the library would look for the shortest way from one to the other, which long lists do not allow. */
function refuseOther(
  operation: Extract<JsonPatchOperation, { op: 'test' | 'add' | 'replace' }>,
  document: object,
): void {
  const spot = spotAt(document, operation.path);
  const found = operation.path.length === 0 ? document : isOwnKey(spot) && spot ? taken(spot).value : undefined;
  if (isDeepStrictEqual(found, operation.value.value)) return;
  throw refused(operation, 'did not find the value that it names');
}

/** What the operation puts somewhere: its own value, or what it takes from elsewhere in the document. */
function valueFor(operation: JsonPatchOperation, work: Work): Taken | undefined {
  if ('value' in operation) return operation.value;
  if (!('from' in operation)) return undefined;
  const source = sourceOf(operation, work.document);
  const value = taken(source);
  countCopied(operation, value.value, work);
  if (operation.op === 'move') {
    work.emptied.add(source.holder);
    done(operation, { sent: { op: 'remove', path: pointerOf(operation.from) }, work });
  }
  return value;
}

function refusePlace(operation: JsonPatchOperation, target: Spot | undefined): void {
  const { op, path } = operation;
  if (path.length === 0 || !target) throw refused(operation, 'names a place that is not there');
  const mustBeThere = op === 'remove' || op === 'replace';
  if (mustBeThere && !isOwnKey(target)) throw refused(operation, 'names what is not there');
}

/** A copy into itself makes a document deeper by as much as it is deep. */
function refuseDeep(operation: JsonPatchOperation, value: unknown): void {
  if (isDeeper(value, deepest - operation.path.length)) throw refused(operation, 'nests too deeply');
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels <= 0 || Object.values(value).some((below) => isDeeper(below, levels - 1));
}

function done(operation: JsonPatchOperation, { sent, work }: { sent: Operation; work: Work }): void {
  const [fault] = applyPatch(work.document, [sent]);
  if (!fault) return;
  throw refused(operation, 'cannot be done');
}

function countCopied(operation: JsonPatchOperation, value: unknown, work: Work): void {
  work.copied += sizeOf(value);
  if (work.copied > mostCopied) throw refused(operation, 'copies too much');
}

function sourceOf(operation: Extract<JsonPatchOperation, { from: unknown }>, document: FhirResource): Spot {
  const { from, path, op } = operation;
  const source = spotAt(document, from);
  if (from.length === 0 || !source || !isOwnKey(source)) throw refused(operation, 'takes from what is not there');
  const within = from.length < path.length && from.every((token, at) => token === path[at]);
  if (op === 'move' && within) throw refused(operation, 'moves a place into itself');
  return source;
}

/** The library does what RFC 6902 says; what moves or is copied is given to it as a value, for the digits of its decimals. */
function asSent({ op, path }: JsonPatchOperation, value: Taken | undefined): Operation {
  const pointer = pointerOf(path);
  switch (op) {
    case 'remove':
      return { op, path: pointer };
    case 'replace':
      return { op, path: pointer, value: value?.value };
    default:
      return { op: 'add', path: pointer, value: value?.value };
  }
}

/** What the library cloned gets its digits back. */
function follow(target: Spot, value: Taken | undefined): void {
  if (value === undefined) return;
  const { holder } = target;
  const name = Array.isArray(holder) && target.name === '-' ? String(holder.length - 1) : target.name;
  if (typeof value.value === 'object' && value.value !== null) {
    (holder as Record<string, unknown>)[name] = copyOf(value.value);
  } else rememberAt({ holder, name }, value.literal);
}

function withoutEmptied<T>(value: T, emptied: ReadonlySet<unknown>): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const [name, item] of Object.entries(value)) {
    withoutEmptied(item, emptied);
    if (emptied.has(item) && Object.keys(item as object).length === 0 && !Array.isArray(value)) {
      Reflect.deleteProperty(value, name);
    }
  }
  return value;
}

function refused({ index, op }: JsonPatchOperation, what: string): FhirError {
  const code: IssueCode = op === 'test' ? 'business-rule' : 'value';
  const diagnostics = `${numbered(index)} (${op}) ${what}; nothing was changed.`;
  return FhirError.of(code, diagnostics, { status: 422, expression: `$[${String(index)}]` });
}

function numbered(index: number): string {
  return `Operation ${String(index)} of the JSON Patch (counted from 0)`;
}

function pointerOf(tokens: readonly string[]): string {
  return new Pointer(['', ...tokens]).toString();
}
