import type { Stored } from './stored.js';

/** A row of a content or history table. */
export interface StoredRow {
  id: string;
  version: number;
  last_updated: Date;
  audience: string[];
  deleted: boolean;
  content: string;
}

export const storedColumns = 'id, version, last_updated, audience, deleted, content';

/** The same rule as the row-level policy, so that a query stays right under a login that the policy does not bind. */
export function visible(placeholder: string): string {
  return `('*' = ANY(${placeholder}::text[]) OR audience && ${placeholder}::text[])`;
}

export function storedOf(type: string, row: StoredRow): Stored {
  const { id, version, last_updated: lastUpdated, audience, deleted, content } = row;
  return { type, id, version, lastUpdated, audience, deleted, content };
}
