import { conditions, type Interaction, interactions, operations, type PolicedType, roles, types } from '#auth';

/** The policy as the page docs/access.md shows it: who reaches what, types, operations. */
export function accessTables(): string[] {
  return [rolesTable(), typesTable(), operationsTable()];
}

function rolesTable(): string {
  return tableOf(
    ['role', 'reaches, where the table opens a type to it'],
    roles.map((role) => [role, conditions[role]]),
  );
}

/** Types whose rows are the same stand in one line. */
function typesTable(): string {
  const lines = new Map<string, string[]>();
  for (const type of Object.keys(types) as PolicedType[]) {
    const cells = roles.map((role) => wordsFor(types[type][role])).join('|');
    lines.set(cells, [...(lines.get(cells) ?? []), type]);
  }
  return tableOf(
    ['type', ...roles],
    [...lines].map(([cells, names]) => [names.join(', '), ...cells.split('|')]),
  );
}

function operationsTable(): string {
  return tableOf(
    ['operation', 'roles', 'scopes that it needs', 'with scopes that bear search parameters'],
    Object.entries(operations).map(([code, { roles: callers, needs, ownScope, narrowed }]) => [
      `$${code}`,
      callers.join(', '),
      ownScope === true
        ? 'its own'
        : needs.map(({ type, letters }) => `${type === '*' ? '[type]' : type}.${letters}`).join(' ') || 'none',
      { honoured: 'tells what they leave', whole: 'refused where they limit what it needs', never: 'refused' }[
        narrowed
      ],
    ]),
  );
}

function wordsFor(allowed: readonly Interaction[]): string {
  if (allowed.length === interactions.length) return 'all';
  if (allowed.length === 0) return '';
  const reading: readonly Interaction[] = ['read', 'vread', 'search', 'history', 'history-type'];
  if (reading.length === allowed.length && reading.every((one) => allowed.includes(one))) return 'reads';
  return allowed.join(', ');
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)]
    .map((text) => text.replaceAll('|  |', '| |'))
    .map((text) => text.replaceAll('|  |', '| |'))
    .join('\n');
}
