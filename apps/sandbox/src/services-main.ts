import { stopOnSignals } from '#launchers';
import { readServicesSettings, servicesUsage } from './services/services-settings.js';
import { startServices } from './services/start-services.js';
import { whereToLook } from './services/where-to-look.js';

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const complain = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

try {
  const running = await startServices(readServicesSettings(process.argv.slice(2)), print);
  stopOnSignals(running.stop, complain);
  void running.failed.then(async ({ message }) => {
    complain(message);
    await running.stop();
    process.exit(1);
  });
  print(`Ginnel is ready at ${running.url}/fhir after ${process.uptime().toFixed(1)} s.`);
  whereToLook(running).forEach(print);
} catch (error) {
  complain(error instanceof Error ? error.message : 'The services cannot start.');
  if (error instanceof TypeError && 'code' in error) complain(`\n${servicesUsage}`);
  process.exit(1);
}
