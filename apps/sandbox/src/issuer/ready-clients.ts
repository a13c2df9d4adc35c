import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JWK } from 'jose';
import type { Role } from '#auth';
import { actingProviders } from '../faults/failing-providers.js';
import { type Issuer, makeKeyPair, makePassword } from '../../../issuer/src/issuer.module.js';

export interface ReadyClient {
  id: string;
  role: Role;
  organisation: string;
}

/** The providers of the sandbox that answer by themselves; nobody needs to act for them. */
const actingClients: readonly ReadyClient[] = actingProviders.map((id) => ({ id, role: 'provider', organisation: id }));

/** Ready-made clients of a sandbox: whom each plays, and for which organisation of the seed it acts. */
export const readyClients: readonly ReadyClient[] = [
  { id: 'practice', role: 'practice', organisation: 'worth-valley-practice' },
  { id: 'provider-khl', role: 'provider', organisation: 'keighley-healthy-living' },
  { id: 'provider-project6', role: 'provider', organisation: 'project-6' },
  { id: 'link-worker', role: 'link-worker', organisation: 'modality-airedale' },
  { id: 'analyst', role: 'analyst', organisation: 'aire-and-wharfe-ics' },
  { id: 'integrator', role: 'integrator', organisation: 'modality-airedale' },
  { id: 'operator', role: 'operator', organisation: 'aire-and-wharfe-ics' },
];

/** Beside what its role may do, each may see records that are labelled, and send messages. */
const scope = [
  'system/*.cruds',
  'https://ginnel.org.uk/fhir/scope/process-message',
  'https://ginnel.org.uk/fhir/scope/very-restricted',
].join(' ');

/** The operator who may use the page for registration. */
export const readyOperator = 'operator';

/** Makes the issuer know the ready clients, with the keys of this data folder, and the operator. */
export async function registerReadyClients(issuer: Issuer, dataFolder: string): Promise<void> {
  for (const { id, role, organisation } of [...readyClients, ...actingClients]) {
    const { publicKey } = await keyPairIn(dataFolder, id);
    const known = await issuer.clients.find(id);
    if (known?.jwks?.keys.some((key) => key['x'] === publicKey['x'])) continue;
    if (known) await issuer.clients.remove(id);
    await issuer.register.execute({ id, role, organisation, scope, jwks: JSON.stringify({ keys: [publicKey] }) });
  }
  if (await issuer.people.findByName(readyOperator)) return;
  const password = makePassword();
  const person = { name: readyOperator, role: 'operator', organisation: 'aire-and-wharfe-ics' } as const;
  if (await issuer.people.add({ ...person, password })) writePrivate(passwordFile(dataFolder), `${password}\n`);
}

/** Where the password of the ready operator stands, for the owner of the data folder alone. */
export function passwordFile(dataFolder: string): string {
  return join(dataFolder, 'operator-password');
}

/** The private key of a ready client, or of one that was registered here; undefined where there is none. */
export function privateKeyIn(dataFolder: string, id: string): JWK | undefined {
  try {
    return JSON.parse(readFileSync(keyFile(dataFolder, id), 'utf8')) as JWK;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Keeps it for the owner of the data folder alone; tells where. */
export function keepPrivateKey(dataFolder: string, id: string, key: JWK): string {
  const file = keyFile(dataFolder, id);
  writePrivate(file, `${JSON.stringify(key, null, 2)}\n`);
  return file;
}

async function keyPairIn(dataFolder: string, id: string): Promise<{ publicKey: JWK }> {
  const kept = privateKeyIn(dataFolder, id);
  if (kept) {
    return { publicKey: Object.fromEntries(Object.entries(kept).filter(([name]) => name !== 'd')) };
  }
  const made = await makeKeyPair(id);
  keepPrivateKey(dataFolder, id, made.privateKey);
  return made;
}

function keyFile(dataFolder: string, id: string): string {
  return join(dataFolder, 'client-keys', `${id.replaceAll(/[^\w.-]/g, '_')}.json`);
}

/** Whole or not at all, whoever reads it meanwhile. */
export function writePrivate(file: string, text: string): void {
  mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, text, { mode: 0o600, flag: 'wx' });
  renameSync(draft, file);
}
