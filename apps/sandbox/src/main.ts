import { stopOnSignals } from '#launchers';
import { readSettings, usage } from './sandbox-settings.js';
import { startSandbox } from './start-sandbox.js';
import { tellStory } from './story/tell-story.js';
import { whereToLook } from './where-to-look.js';

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

try {
  const settings = readSettings(process.argv.slice(2));
  const say = settings.json ? () => undefined : print;
  const sandbox = await startSandbox(settings, say);
  stopOnSignals(sandbox.stop, (line) => process.stderr.write(`${line}\n`));
  void sandbox.failed.then(async ({ message }) => {
    process.stderr.write(`${message}\n`);
    await sandbox.stop();
    process.exit(1);
  });
  say(`Ginnel is ready at ${sandbox.url}/fhir after ${process.uptime().toFixed(1)} s.`);
  const well = await tellStory({
    baseUrl: `${sandbox.url}/fhir`,
    tokens: sandbox.tokens,
    json: settings.json,
    write: print,
  });
  if (settings.once) {
    await sandbox.stop();
    process.exit(well ? 0 : 1);
  }
  for (const line of whereToLook(sandbox, settings)) say(line);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : 'The sandbox cannot start.'}\n`);
  if (error instanceof TypeError && 'code' in error) process.stderr.write(`\n${usage}\n`);
  process.exit(1);
}
