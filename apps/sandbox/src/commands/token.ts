import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '#programmes';
import { askToken } from '../issuer/ask-token.js';
import { usualScope } from '../issuer/kept-tokens.js';
import { privateKeyIn, readyClients } from '../issuer/ready-clients.js';
import { runningUrl } from '../operate/where.js';
import { readSandboxConfig } from '../sandbox.config.js';
import type { Command } from './command.js';

const usage = ['token <client> [--scope "system/Task.rs …"]      an access token of a client whose key is here'];

/** Asks the sandbox that is up for a token, as the client itself would, and prints it alone. */
export const tokenCommand: Command = {
  usage,
  run: async (words) => {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { scope: { type: 'string', multiple: true } },
    });
    const [client] = positionals;
    if (client === undefined || positionals.length > 1) throw new Error(usage.join('\n'));
    const { dataFolder } = readSandboxConfig(join(projectRoot(), '.ginnel'));
    const key = privateKeyIn(dataFolder, client);
    if (!key) throw new Error(`There is no key of a client ${client} here: npx ginnel client register makes one.`);
    const origin = await runningUrl(dataFolder);
    if (origin === undefined) throw new Error('No sandbox is up: npm start, and ask again.');
    const isReady = readyClients.some(({ id }) => id === client);
    const scope = values.scope?.join(' ') ?? (isReady ? usualScope : undefined);
    const { access_token: token } = await askToken({ origin, client, key, ...(scope === undefined ? {} : { scope }) });
    process.stdout.write(`${token}\n`);
    return 0;
  },
};
