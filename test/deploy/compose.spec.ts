import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serviceNames, type ServiceName } from '#fhir';
import { limitVariables, loginOf, serviceConfig } from '#service';
import { migrateConfig, readMigrateConfig } from '../../apps/sandbox/src/migrate.config.js';
import { issuerConfig } from '../../apps/issuer/src/issuer.config.js';
import { type Container, exampleEnvironment, interpolatedNames, readCompose, root } from './compose.js';

const environment = exampleEnvironment();
const { services, networks, volumes, secrets, configs } = readCompose(environment);

describe('the containers of docker-compose.yml', () => {
  it('are the five services, their issuer and what they stand on', () => {
    const others = ['issuer', 'migrate', 'postgres', 'nats', 'caddy'];
    expect(Object.keys(services).sort()).toEqual([...serviceNames, ...others].sort());
  });

  it('take from .env exactly what deploy/example.env shows, and refuse to start where a secret is empty', () => {
    expect([...environment.keys()].sort()).toEqual(interpolatedNames());
    const secretNames = [...environment.keys()].filter((name) => /SECRET|PASSWORD/.test(name));
    expect(secretNames.length).toBe(10);
    for (const name of secretNames) {
      expect(() => readCompose(new Map([...environment, [name, '']]))).toThrow(name);
    }
  });

  it('hold no secret of their own', () => {
    const text = readFileSync(join(root, 'deploy/example.env'), 'utf8');
    expect(text.match(/^\w*(SECRET|PASSWORD)\w*=.+$/gm)).toBeNull();
    const values = Object.values(readCompose(marked()).services).flatMap(({ environment: given }) =>
      Object.entries(given).filter(([name]) => /SECRET|PASSWORD|DATABASE_URL|^NATS_URL/.test(name)),
    );
    for (const [name, value] of values) expect(`${name} ${value}`).toContain('from-env');
  });

  it.each(serviceNames)('give %s an environment that its configuration takes whole', (name) => {
    const given = containerOf(name).environment;
    expect(Object.keys(given).filter((variable) => !(variable in serviceConfig.shape))).toEqual([]);
    const parsed = serviceConfig.parse(given);
    expect(parsed).toMatchObject({
      GINNEL_BASE_URL: environment.get('GINNEL_BASE_URL'),
      NATS_URL: `nats://ginnel:${environment.get('NATS_PASSWORD') ?? ''}@nats:4222`,
      NATS_MONITOR_URL: 'http://nats:8222',
      GINNEL_ISSUERS_FILE: '/etc/ginnel/issuers.json',
    });
  });

  it('make the services believe the issuer that is here, and tell it the same address', () => {
    const origin = new URL(environment.get('GINNEL_BASE_URL') ?? '').origin;
    expect(JSON.parse(configs['issuers']?.content ?? '')).toEqual([
      {
        issuer: `${origin}/auth`,
        audience: `${origin}/fhir`,
        metadataUri: 'http://issuer:8080/auth/.well-known/openid-configuration',
        jwksUri: 'http://issuer:8080/auth/jwks',
        revocationsUri: 'http://issuer:8080/auth/revocations',
      },
    ]);
    const given = containerOf('issuer').environment;
    expect(Object.keys(given).filter((variable) => !(variable in issuerConfig.shape))).toEqual([]);
    expect(issuerConfig.parse(given).GINNEL_BASE_URL).toBe(`${origin}/fhir`);
    expect(given['GINNEL_SANDBOX']).toBeUndefined();
  });

  it.each(serviceNames)('pass every limit and the packages on to %s', (name) => {
    const set = new Map(Object.keys(limitVariables).map((variable, at) => [variable, String(at + 1)]));
    const packages = '/etc/ginnel/packages/one.tgz,/etc/ginnel/packages/two';
    const written = readCompose(new Map([...environment, ...set, ['GINNEL_PACKAGES', packages]]));
    const given = serviceConfig.parse(written.services[name]?.environment);
    expect(given).toMatchObject(Object.fromEntries([...set].map(([variable, value]) => [variable, Number(value)])));
    expect(given.GINNEL_PACKAGES).toEqual(packages.split(','));
    expect(containerOf(name).volumes).toContain('./deploy/packages:/etc/ginnel/packages:ro');
  });

  it.each([...serviceNames, 'issuer'] as const)(
    'let %s in with the login that the migration makes for it, and with no other',
    (name) => {
      const migration = containerOf('migrate').environment;
      expect(Object.keys(migration).sort()).toEqual(Object.keys(migrateConfig.shape).sort());
      const { adminUrl, passwords } = readMigrateConfig(migration);
      const url = new URL(containerOf(name).environment['DATABASE_URL'] ?? '');
      expect({ name: url.username, password: url.password }).toEqual(loginOf(adminUrl, name, passwords));
      expect(url.host + url.pathname).toBe(new URL(adminUrl).host + new URL(adminUrl).pathname);
      expect(passwordsIn(containerOf(name))).toEqual([passwords[name]]);
    },
  );

  it('show the database password of the administrator to the database and the migration only', () => {
    const password = environment.get('POSTGRES_PASSWORD') ?? '';
    expect(password).not.toBe('');
    const knowing = Object.entries(services).filter(([, given]) => JSON.stringify(given).includes(password));
    expect(knowing.map(([name]) => name).sort()).toEqual(['migrate', 'postgres']);
    const { POSTGRES_USER: user, POSTGRES_DB: database } = containerOf('postgres').environment;
    const { MIGRATION_DATABASE_URL: url } = containerOf('migrate').environment;
    expect(url).toBe(`postgres://${user ?? ''}:${password}@postgres:5432/${database ?? ''}`);
  });

  it('are made from one image', () => {
    for (const name of [...serviceNames, 'issuer', 'migrate'] as const) {
      const { image, build } = containerOf(name);
      expect({ image, build }).toEqual({
        image: 'ginnel:latest',
        build: { context: '.', dockerfile: 'deploy/Dockerfile' },
      });
    }
  });

  it('start a program that is in the sources', () => {
    for (const name of [...serviceNames, 'issuer', 'migrate'] as const) {
      const [entry = ''] = containerOf(name).command ?? [];
      const folder = name === 'migrate' ? 'sandbox/src/migrate' : `${name}/src/main`;
      expect(entry).toBe(`dist/apps/${folder}.js`);
      expect(existsSync(join(root, 'apps', `${folder}.ts`))).toBe(true);
    }
  });

  it('start a service when the migration has ended well and the broker is up', () => {
    for (const name of serviceNames) {
      expect(containerOf(name).depends_on).toEqual({
        migrate: { condition: 'service_completed_successfully' },
        nats: { condition: 'service_healthy' },
      });
    }
    expect(containerOf('migrate').depends_on).toEqual({ postgres: { condition: 'service_healthy' } });
  });

  it('can change nothing in their image, gain no rights, and keep no capability but one for low ports', () => {
    for (const [name, given] of Object.entries(services)) {
      expect({ name, ...hardening(given) }).toEqual({
        name,
        read_only: true,
        cap_drop: ['ALL'],
        cap_add: name === 'caddy' ? ['NET_BIND_SERVICE'] : [],
        security_opt: ['no-new-privileges:true'],
        privileged: false,
      });
    }
  });

  it('reach the internet from subscriptions, the issuer and the edge only', () => {
    const open = Object.keys(networks).filter((name) => networks[name]?.internal === false);
    const reaching = Object.entries(services).filter(([, given]) => given.networks.some((name) => open.includes(name)));
    expect(Object.fromEntries(reaching.map(([name, given]) => [name, given.networks]))).toEqual({
      subscriptions: ['inside', 'egress'],
      issuer: ['inside', 'egress'],
      caddy: ['inside', 'edge'],
    });
  });

  it('are reached from outside through the edge only', () => {
    const published = Object.entries(services).filter(([, given]) => given.ports.length > 0);
    expect(published.map(([name, { ports }]) => [name, ports])).toEqual([['caddy', ['80:80', '443:443']]]);
  });

  it('mount files and volumes that exist, files read-only', () => {
    const mounts = Object.values(services).flatMap((given) => given.volumes.map((mount) => mount.split(':')));
    for (const [source = '', , mode] of mounts) {
      const isFile = source.startsWith('./');
      expect({ source, exists: isFile ? existsSync(join(root, source)) : source in volumes, mode }).toEqual({
        source,
        exists: true,
        mode: isFile ? 'ro' : undefined,
      });
    }
    const mounted = Object.values(services).flatMap((given) => given.secrets);
    expect([...new Set(mounted)]).toEqual(Object.keys(secrets));
  });
});

describe('what the services stand on', () => {
  it('writes to disk before it answers', () => {
    const nats = readFileSync(join(root, 'deploy/nats/nats-server.conf'), 'utf8');
    expect(nats).toMatch(/^ {2}sync_interval: always$/m);
    const postgres = readFileSync(join(root, 'deploy/postgres/postgresql.conf'), 'utf8');
    for (const name of ['fsync', 'synchronous_commit', 'full_page_writes']) {
      expect(postgres).toMatch(new RegExp(`^${name} = on$`, 'm'));
    }
  });

  it('listens where the services look for it', () => {
    const nats = readFileSync(join(root, 'deploy/nats/nats-server.conf'), 'utf8');
    expect(nats).toMatch(/^port: 4222$/m);
    expect(nats).toMatch(/^http: 8222$/m);
    expect(nats).toMatch(/^ {2}store_dir: \/data$/m);
    expect(containerOf('nats').volumes).toContain('nats:/data');
  });
});

function containerOf(name: ServiceName | 'issuer' | 'migrate' | 'postgres' | 'nats' | 'caddy'): Container {
  const found = services[name];
  if (!found) throw new Error(`docker-compose.yml has no ${name}.`);
  return found;
}

function marked(): Map<string, string> {
  return new Map([...environment].map(([name, value]) => [name, /SECRET|PASSWORD/.test(name) ? 'from-env' : value]));
}

/** Every login password that a container is given. */
function passwordsIn({ environment: given }: Container): string[] {
  const known = [...environment].filter(([name]) => name.startsWith('GINNEL_LOGIN_PASSWORD_'));
  return known.filter(([, password]) => JSON.stringify(given).includes(password)).map(([, password]) => password);
}

function hardening({ read_only, cap_drop, cap_add, security_opt, privileged }: Container) {
  return { read_only, cap_drop, cap_add, security_opt, privileged };
}
