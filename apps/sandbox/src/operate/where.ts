import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
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
  const running = announced(dataFolder);
  if (running && (await answers(running.databaseUrl))) return { ...running, leave: () => Promise.resolve() };
  const { databaseUrl, natsUrl, natsMonitorUrl, stop } = await ensureInfrastructure({
    dataFolder,
    log: () => undefined,
  });
  return { databaseUrl, natsUrl, ...(natsMonitorUrl === undefined ? {} : { natsMonitorUrl }), leave: stop };
}

/** http://host:port of the sandbox that is up, undefined where none is. */
export async function runningUrl(dataFolder: string): Promise<string | undefined> {
  const url = announced(dataFolder)?.url;
  return url !== undefined && (await answers(url)) ? url : undefined;
}

/** What the sandbox that was begun last has said; where it was killed, it is there no more. */
function announced(dataFolder: string): Place | undefined {
  const file = fileIn(dataFolder);
  return existsSync(file) ? place.parse(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
}

/** Whether anybody takes a connection at this address, whatever is spoken there. */
function answers(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || usualPort), timeout: 5_000 });
    const end = (is: boolean) => () => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
  });
}

/** Of PostgreSQL: the addresses of a sandbox itself name theirs. */
const usualPort = '5432';

function fileIn(dataFolder: string): string {
  return join(dataFolder, 'running.json');
}
