import { commands, usage } from './commands/commands.js';

/** `npx ginnel <command>`: one command, its answer on standard output, exit 0; or one sentence and exit 1. */
try {
  const [name = '', ...words] = process.argv.slice(2);
  if (name === 'help' || name === '--help') {
    process.stdout.write(`${usage()}\n`);
    process.exit(0);
  }
  const command = commands[name];
  if (!command) throw new Error(usage());
  process.exit(await command.run(words));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : 'The command failed.'}\n`);
  process.exit(1);
}
