import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ensureInfrastructure } from '#launchers';

const place = z.object({
  databaseUrl: z.string(),
  natsUrl: z.string(),
  natsMonitorUrl: z.string().optional(),
  /** Of a sandbox that is up: http://host:port, where its callers find it. */
  url: z.string().optional(),
});

/** Where PostgreSQL and NATS of an installation are. */
export type Place = z.infer<typeof place>;

/** Lets `npm run operate` find the servers of a sandbox that is up; for its owner alone, because the address holds a password. */
export function announce(
  dataFolder: string,
  running: { databaseUrl: string; natsUrl: string; natsMonitorUrl?: string | undefined; url?: string },
): () => void {
  const file = fileIn(dataFolder);
  writeFileSync(file, JSON.stringify(place.parse(running)), { mode: 0o600 });
  return () => {
    rmSync(file, { force: true });
  };
}

/** The servers of the sandbox that is up, otherwise those that the environment names, or embedded ones started for this command. */
export async function findPlace(dataFolder: string): Promise<Place & { leave: () => Promise<void> }> {
  const running = runningPlace(dataFolder);
  if (running) return { ...running, leave: () => Promise.resolve() };
  const { databaseUrl, natsUrl, natsMonitorUrl, stop } = await ensureInfrastructure({
    dataFolder,
    log: () => undefined,
  });
  return { databaseUrl, natsUrl, ...(natsMonitorUrl === undefined ? {} : { natsMonitorUrl }), leave: stop };
}

/** The servers of the sandbox that is up; undefined where none is. */
export function runningPlace(dataFolder: string): Place | undefined {
  const file = fileIn(dataFolder);
  return existsSync(file) ? place.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
}

function fileIn(dataFolder: string): string {
  return join(dataFolder, 'running.json');
}
