import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { toolEnvironment, type Environment } from '../launchers.config.js';
import { debianArchives } from './debian-sources.js';

const run = promisify(execFile);
const goModule = 'github.com/nats-io/nats-server/v2@v2.10.27';
/** Debian 12's own package is too old; this one runs there as well: it needs libc6 alone. */
const debianSuite = 'trixie';
const debianKeys = ['/usr/share/keyrings/debian-archive-keyring.gpg', '/usr/share/keyrings/debian-archive-keyring.pgp'];
const program = process.platform === 'win32' ? 'nats-server.exe' : 'nats-server';
const timeout = 300_000;

/** A way to get the program into a folder of its own; undefined when this machine does not have that way. */
export interface Fetch {
  source: string;
  fetch(folder: string): Promise<string | undefined>;
}

export const fetches: readonly Fetch[] = [
  { source: `Debian's package of ${debianSuite}`, fetch: fetchDebianPackage },
  { source: `go install ${goModule}`, fetch: fetchByGo },
];

// apt with folders of its own: needs no superuser, changes nothing of the machine's, and checks Debian's signature.
async function fetchDebianPackage(folder: string): Promise<string | undefined> {
  const key = debianKeys.find((path) => existsSync(path));
  const archive = debianArchives()[0];
  if (key === undefined || archive === undefined) return undefined;
  for (const part of ['state/lists/partial', 'cache/archives/partial'])
    mkdirSync(join(folder, part), { recursive: true });
  writeFileSync(join(folder, 'sources.list'), `deb [signed-by=${key}] ${archive} ${debianSuite} main\n`);
  await tool('apt-get', [...aptSettings(folder), '-q', 'update'], { folder });
  await tool('apt-get', [...aptSettings(folder), '-q', 'download', 'nats-server'], { folder });
  const file = readdirSync(folder).find((name) => name.endsWith('.deb'));
  if (file === undefined) return undefined;
  await tool('dpkg-deb', ['-x', file, 'unpacked'], { folder });
  return join(folder, 'unpacked/usr/sbin', program);
}

function aptSettings(folder: string): string[] {
  const settings = {
    'Dir::State': join(folder, 'state'),
    'Dir::State::Lists': join(folder, 'state/lists'),
    'Dir::State::status': '/dev/null',
    'Dir::Cache': join(folder, 'cache'),
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Debug::NoLocking': '1',
    'APT::Sandbox::User': '',
    'Acquire::Languages': 'none',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

async function fetchByGo(folder: string): Promise<string | undefined> {
  await tool('go', ['install', goModule], { folder, environment: { GOBIN: folder, CGO_ENABLED: '0' } });
  return join(folder, program);
}

async function tool(
  name: string,
  args: readonly string[],
  place: { folder: string; environment?: Environment },
): Promise<void> {
  await run(name, args, { cwd: place.folder, env: toolEnvironment(place.environment), timeout });
}
