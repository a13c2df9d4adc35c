export interface TestInfrastructure {
  databaseUrl: string;
  natsUrl: string;
  natsMonitorUrl: string;
  /** Stops the servers and deletes their data. */
  stop(): Promise<void>;
}

const natsConfiguration = `
http: 8222
jetstream { store_dir: /data, sync_interval: always }
`;

/** PostgreSQL and NATS in containers; undefined where no engine answers. Loaded late: testcontainers is for tests only. */
export async function startContainers(): Promise<TestInfrastructure | undefined> {
  const { GenericContainer, Wait, getContainerRuntimeClient } = await import('testcontainers');
  try {
    await getContainerRuntimeClient();
  } catch {
    return undefined;
  }
  const { PostgreSqlContainer } = await import('@testcontainers/postgresql');
  const postgres = await new PostgreSqlContainer('postgres:18')
    .withEnvironment({ POSTGRES_INITDB_ARGS: '--locale=C --locale-provider=builtin --builtin-locale=C.UTF-8' })
    .withCommand(['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'max_connections=400'])
    .start();
  const nats = await new GenericContainer('nats:2.12')
    .withCopyContentToContainer([{ content: natsConfiguration, target: '/etc/nats/ginnel.conf' }])
    .withCommand(['-c', '/etc/nats/ginnel.conf'])
    .withExposedPorts(4222, 8222)
    .withWaitStrategy(Wait.forLogMessage('Server is ready'))
    .start();
  return {
    databaseUrl: postgres.getConnectionUri(),
    natsUrl: `nats://${nats.getHost()}:${String(nats.getMappedPort(4222))}`,
    natsMonitorUrl: `http://${nats.getHost()}:${String(nats.getMappedPort(8222))}`,
    stop: async () => {
      await Promise.all([postgres.stop(), nats.stop()]);
    },
  };
}
