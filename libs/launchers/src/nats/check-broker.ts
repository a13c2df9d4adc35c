import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type ConnectionOptions, type NatsConnection } from '@nats-io/transport-node';
import { z } from 'zod';
import { errorName, StartError } from '../start-error.js';
import { demandedVersion, isUsableVersion } from './nats-version.js';

export interface Broker {
  /** One address, or several with commas between. */
  url: string;
  monitorUrl: string | undefined;
  /** The operator's word that it syncs every write, where its monitor cannot be asked. */
  syncsAlways: boolean;
}

const monitorAnswer = z.object({
  jetstream: z.object({ config: z.object({ sync_always: z.boolean().optional() }).optional() }).optional(),
});
const timeout = 5_000;

/** Whether the broker keeps what it acknowledges; what stands against it is a StartError. */
export async function checkBroker(broker: Broker): Promise<void> {
  const connection = await open(broker.url);
  try {
    const version = connection.info?.version ?? '';
    if (!isUsableVersion(version)) {
      throw new StartError(`NATS_URL leads to nats-server ${version}; Ginnel needs ${demandedVersion}.`);
    }
    await demandJetStream(connection);
  } finally {
    await connection.close();
  }
  await demandSync(broker);
}

async function open(url: string): Promise<NatsConnection> {
  try {
    return await connect(natsConnection(url));
  } catch (error) {
    const reason = errorName(error) ?? 'unknown';
    throw new StartError(`NATS_URL leads to no broker that lets us in (${reason}): check address and login.`);
  }
}

async function demandJetStream(connection: NatsConnection): Promise<void> {
  try {
    const manager = await jetstreamManager(connection, { timeout });
    await manager.getAccountInfo();
  } catch {
    throw new StartError('The broker of NATS_URL has no JetStream for us: start it with JetStream (nats-server -js).');
  }
}

async function demandSync({ monitorUrl, syncsAlways }: Broker): Promise<void> {
  if (monitorUrl === undefined) {
    if (syncsAlways) return;
    throw new StartError(
      'Nothing tells whether the broker of NATS_URL syncs every write: set NATS_MONITOR_URL, or assert it with GINNEL_NATS_SYNC=always.',
    );
  }
  const answer = monitorAnswer.safeParse(await askMonitor(monitorUrl));
  if (answer.data?.jetstream?.config?.sync_always !== true) {
    throw new StartError(
      'The broker of NATS_URL acknowledges messages before they are on disk: set jetstream { sync_interval: always } in its configuration.',
    );
  }
}

async function askMonitor(monitorUrl: string): Promise<unknown> {
  try {
    const response = await fetch(new URL('varz', monitorUrl.replace(/\/?$/, '/')), {
      signal: AbortSignal.timeout(timeout),
    });
    return await response.json();
  } catch {
    throw new StartError(
      'The monitor of NATS_MONITOR_URL does not answer: check the address (nats-server option http).',
    );
  }
}

// The client does not read a login out of the address.
function natsConnection(url: string): ConnectionOptions {
  const servers = url.split(',').map((server) => new URL(server.trim()));
  const { username = '', password = '' } = servers[0] ?? {};
  const login =
    password === ''
      ? { token: decodeURIComponent(username) }
      : { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  return {
    servers: servers.map(({ host, port, hostname }) => (port === '' ? `${hostname}:4222` : host)),
    ...(username === '' ? {} : login),
    ...(servers.some(({ protocol }) => protocol === 'tls:') ? { tls: {} } : {}),
    name: 'ginnel start check',
    timeout,
    reconnect: false,
  };
}
