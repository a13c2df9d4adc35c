/** What came from outside is read without trust: a response is judged, it never makes us throw. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The objects of a list; nothing where it is no list. */
export function objectsIn(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** Items, answers and options together, and how deep they may lie: far above any real form. */
export const sizeLimits = { nodes: 5_000, depth: 32 };

/** Counted level by level, without recursion, so that depth cannot exhaust the stack. */
export function isTooLarge(resource: unknown): boolean {
  let level: unknown[] = [resource];
  let nodes = 0;
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > sizeLimits.depth || nodes > sizeLimits.nodes) return true;
    level = level.flatMap(childrenOf);
    nodes += level.length;
  }
  return nodes > sizeLimits.nodes;
}

function childrenOf(node: unknown): unknown[] {
  if (!isObject(node)) return [];
  return [node['item'], node['answer'], node['answerOption'], node['enableWhen']].flatMap((list) =>
    Array.isArray(list) ? (list as unknown[]) : [],
  );
}
