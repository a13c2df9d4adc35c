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
    const below: unknown[] = [];
    for (const node of level) {
      nodes += collectChildren(node, below);
      if (nodes > sizeLimits.nodes || depth > sizeLimits.depth) return true;
    }
    level = below;
  }
  return false;
}

function collectChildren(node: unknown, into: unknown[]): number {
  if (!isObject(node)) return 0;
  let count = 0;
  for (const name of ['item', 'answer', 'answerOption', 'enableWhen']) {
    const list = node[name];
    if (!Array.isArray(list)) continue;
    count += list.length;
    if (count > sizeLimits.nodes) return count;
    for (const child of list) into.push(child);
  }
  return count;
}
