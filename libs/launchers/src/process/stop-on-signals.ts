/** A terminal sends Ctrl-C to npm and to us, and npm passes it on: both within this time are one. */
const sameMs = 1_000;

/** SIGINT and SIGTERM run `stop` once and then end the process; asking again a moment later ends it at once. */
export function stopOnSignals(stop: () => Promise<void>, log: (line: string) => void): void {
  let asked: number | undefined;
  const onSignal = () => {
    const now = performance.now();
    if (asked !== undefined) {
      if (now - asked > sameMs) process.exit(1); // the watchdog stops what still runs
      return;
    }
    asked = now;
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log(`Stopping failed: ${error instanceof Error ? error.message : String(error)}`);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
}
