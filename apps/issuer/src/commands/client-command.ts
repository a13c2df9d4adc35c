import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Act } from '../acts.js';
import type { RegisteredClient } from '../clients/client.js';
import type { Issuer } from '../issuer.js';
import { type Done, issuerCommands } from './command.js';

/** `client register|list|suspend|resume|remove|history` */
export async function onClient(issuer: Issuer, [verb = '', ...words]: readonly string[]): Promise<Done> {
  if (verb === 'register') return register(issuer, words);
  if (verb === 'list') return { lines: (await issuer.clients.list()).map(lineOf) };
  if (verb === 'history') return { lines: (await issuer.acts.list(words[0])).map(lineOfAct) };
  const [id] = words;
  const act = actOf(issuer, verb);
  if (id === undefined || words.length > 1 || !act) throw new Error(issuerCommands.client.join('\n'));
  if (!(await act.run(id))) throw new Error(`There is no client ${id}.`);
  return { lines: [`${id} ${act.done}`] };
}

function actOf({ clients }: Issuer, verb: string): { run: (id: string) => Promise<boolean>; done: string } | undefined {
  switch (verb) {
    case 'suspend':
      return { run: (id) => clients.suspend(id), done: 'is suspended; its tokens end within a minute.' };
    case 'resume':
      return { run: (id) => clients.resume(id), done: 'is resumed.' };
    case 'remove':
      return { run: (id) => clients.remove(id), done: 'is removed; its tokens end within a minute.' };
    default:
      return undefined;
  }
}

async function register(issuer: Issuer, words: readonly string[]): Promise<Done> {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      role: text,
      organisation: text,
      patient: text,
      scope: { ...text, multiple: true },
      jwks: text,
      certificate: text,
      'redirect-uri': { ...text, multiple: true },
      replace: { type: 'boolean', default: false },
    },
  });
  const [id] = positionals;
  if (id === undefined || positionals.length > 1) throw new Error(issuerCommands.client.join('\n'));
  const { role, organisation, patient, scope, jwks, certificate, 'redirect-uri': redirectUris } = values;
  const { client, privateKey } = await issuer.register.execute({
    id,
    role,
    organisation,
    patient,
    scope: scope?.join(' '),
    jwks: jwks === undefined || /^https?:/.test(jwks) ? jwks : contentOf(jwks),
    certificate: certificate === undefined ? undefined : contentOf(certificate),
    redirectUris,
    replace: values.replace,
  });
  const lines = [`Registered: ${lineOf(client)}`];
  return privateKey ? { lines, made: { client: client.id, privateKey } } : { lines };
}

function contentOf(file: string): string {
  if (!existsSync(file)) throw new Error(`There is no file ${file}.`);
  return readFileSync(file, 'utf8');
}

function lineOfAct({ at, kind, subject, verb, content }: Act): string {
  return `${at.toISOString()}  ${kind} ${subject} ${verb}  ${JSON.stringify(content)}`;
}

function lineOf({ id, role, organisation, scopes, suspended, redirectUris }: RegisteredClient): string {
  const who = role === undefined ? `page at ${redirectUris.join(', ')}` : `${role} of ${organisation ?? ''}`;
  return `${id}  ${who}  ${scopes.join(' ')}${suspended ? '  suspended' : ''}`;
}
