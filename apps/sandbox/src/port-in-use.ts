import { StartError } from '#launchers';

/** The sentence for a port that somebody else has; undefined for every other error. */
export function portInUse(error: unknown, { host, port }: { host: string; port: number }): StartError | undefined {
  if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) return undefined;
  return new StartError(
    `Port ${String(port)} is in use on ${host}: stop what listens there, or take another one with --port.`,
  );
}
