import { join } from 'node:path';
import { projectRoot } from '#programmes';
import { serviceUrl } from '#service';
import { Issuer, issuerCommands, migrateIssuer, runIssuerCommand } from '../../../issuer/src/issuer.module.js';
import { keepPrivateKey } from '../issuer/ready-clients.js';
import { findPlace } from '../operate/where.js';
import { readSandboxConfig } from '../sandbox.config.js';
import { secretIn } from '../secret.js';
import type { Command } from './command.js';

/** What an operator does with clients, people and keys of a sandbox's issuer, whether it is up or not. */
function issuerCommand(name: keyof typeof issuerCommands): Command {
  return {
    usage: issuerCommands[name],
    run: async (words) => {
      const { dataFolder } = readSandboxConfig(join(projectRoot(), '.ginnel'));
      const place = await findPlace(dataFolder);
      try {
        const origin = place.url ?? 'http://127.0.0.1:8080';
        await migrateIssuer(place.databaseUrl);
        const issuer = new Issuer({
          origin,
          audience: `${origin}/fhir`,
          databaseUrl: serviceUrl(place.databaseUrl, 'issuer'),
          secret: secretIn(join(dataFolder, 'sandbox-secret')),
          sandbox: true,
        });
        const { lines, made } = await runIssuerCommand(issuer, [name, ...words]).finally(() => issuer.close());
        for (const line of lines) process.stdout.write(`${line}\n`);
        if (made) {
          const file = keepPrivateKey(dataFolder, made.client, made.privateKey);
          process.stdout.write(`Its private key is kept in ${file}, for you alone.\n`);
        }
        return 0;
      } finally {
        await place.leave();
      }
    },
  };
}

export const clientCommand = issuerCommand('client');
export const userCommand = issuerCommand('user');
export const keysCommand = issuerCommand('keys');
