/** SIGINT and SIGTERM run `stop` once and then end the process; a second signal ends it at once. */
export function stopOnSignals(stop: () => Promise<void>, log: (line: string) => void): void {
  let asked = false;
  const onSignal = () => {
    if (asked) process.exit(1); // the watchdog stops what still runs
    asked = true;
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
