import { tmpdir } from 'node:os';

/**
 * The bench empties outboxes and fills tables, so it never takes a database or broker that the environment names; it starts
 * its own. TMPDIR chooses the disk.
 */
export const benchEnvironment: Readonly<Record<string, string | undefined>> = {
  DATABASE_URL: undefined,
  NATS_URL: undefined,
  NATS_MONITOR_URL: undefined,
};

export function benchFolder(): string {
  return tmpdir();
}
