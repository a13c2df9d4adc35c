import { stopOnSignals } from '#launchers';
import { readSettings, usage } from './sandbox-settings.js';
import { startSandbox } from './start-sandbox.js';

const begun = performance.now();
try {
  const settings = readSettings(process.argv.slice(2));
  const sandbox = await startSandbox(settings, { begun });
  stopOnSignals(sandbox.stop, (line) => process.stderr.write(`${line}\n`));
  void sandbox.failed.then(async (error) => {
    process.stderr.write(`${error.message}\n`);
    await sandbox.stop();
    process.exit(1);
  });
  const well = await sandbox.tellStory();
  if (settings.once) {
    await sandbox.stop();
    process.exit(well ? 0 : 1);
  }
  sandbox.sayWhereToLook();
} catch (error) {
  const wrongArguments = error instanceof TypeError && 'code' in error;
  process.stderr.write(
    `${error instanceof Error ? error.message : 'The sandbox cannot start.'}\n${wrongArguments ? `${usage}\n` : ''}`,
  );
  process.exit(1);
}
