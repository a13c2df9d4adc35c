import pg from 'pg';
import type { OpenedStore } from './opened-store.js';
import { sessionSettings, type Statement } from '#postgres';

export interface Plan {
  milliseconds: number;
  planning: number;
  /** Tables that were read from end to end. */
  scanned: string[];
  /** Most rows that one part of the plan read and threw away. */
  wasted: number;
}

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Join Filter'?: number;
  'Actual Loops': number;
  Plans?: PlanNode[];
}

/** Runs a statement under the service's login, planned for its values (custom) or for any (generic). */
export async function explain(
  { options }: OpenedStore,
  { text, values = [] }: Statement,
  { mode, audience }: { mode: 'custom' | 'generic'; audience: string },
): Promise<Plan> {
  const client = new pg.Client({
    connectionString: options.url,
    options: `${sessionSettings(options.schema, audience)} -c plan_cache_mode=force_${mode}_plan`,
  });
  await client.connect();
  try {
    await client.query(`PREPARE asked AS ${text}`);
    const run = `EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE asked${values.length === 0 ? '' : `(${values.map(literal).join(', ')})`}`;
    // The first reading warms the cache.
    await client.query(run);
    const { rows } = await client.query<{
      'QUERY PLAN': { Plan: PlanNode; 'Execution Time': number; 'Planning Time': number }[];
    }>(run);
    const [made] = rows[0]?.['QUERY PLAN'] ?? [];
    if (!made) throw new Error('No plan was made.');
    const nodes = nodesOf(made.Plan);
    return {
      milliseconds: made['Execution Time'],
      planning: made['Planning Time'],
      scanned: nodes
        .filter((node) => node['Node Type'] === 'Seq Scan' && node['Actual Loops'] > 0)
        .map((node) => node['Relation Name'] ?? ''),
      wasted: Math.max(
        0,
        ...nodes.map(
          (node) =>
            ((node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Join Filter'] ?? 0)) * node['Actual Loops'],
        ),
      ),
    };
  } finally {
    await client.end();
  }
}

/** How often one connection planned these executions of one prepared statement for their values, and for any. */
export async function plansMade(
  { options }: OpenedStore,
  statements: readonly Statement[],
  audience: string,
): Promise<{ custom: number; generic: number }> {
  const client = new pg.Client({
    connectionString: options.url,
    options: sessionSettings(options.schema, audience),
  });
  await client.connect();
  try {
    for (const { name, text, values = [] } of statements)
      await client.query({ name: name ?? '', text, values: [...values] });
    const { rows } = await client.query<{ custom: number; generic: number }>(
      'SELECT custom_plans::int AS custom, generic_plans::int AS generic FROM pg_prepared_statements',
    );
    const [only, ...others] = rows;
    if (!only || others.length > 0) throw new Error('These are executions of one prepared statement.');
    return only;
  } finally {
    await client.end();
  }
}

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

function literal(value: unknown): string {
  if (Array.isArray(value)) return `ARRAY[${value.map(literal).join(', ')}]::text[]`;
  return typeof value === 'number' ? String(value) : pg.escapeLiteral(String(value));
}
