// Writes dist/sbom.cdx.json: what a release is made of, as CycloneDX, without development's packages. npm 10 or later makes it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const root = new URL('..', import.meta.url);
const target = new URL('dist/sbom.cdx.json', root);
const [npm] = execFileSync('npm', ['--version'], { encoding: 'utf8' }).split('.').map(Number);
if (npm < 10) {
  console.error(
    'npm 10 or later is needed for `npm sbom`: update npm, or run another CycloneDX tool on package-lock.json.',
  );
  process.exit(1);
}

// Not with --omit=dev: npm then leaves out packages that are needed both by others and as a peer.
const args = ['sbom', '--sbom-format', 'cyclonedx', '--loglevel=error'];
const bill = JSON.parse(
  execFileSync('npm', args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'inherit'],
  }),
);
const { name, version, dependencies } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));

// A package is named by its purl; from which registry this machine had it is nobody's matter.
const used = (bill.components ?? []).filter(({ properties = [] }) => !properties.some(isDevelopment));
const components = used.map(({ externalReferences = [], ...component }) => ({
  ...component,
  externalReferences: externalReferences.filter(({ type }) => type !== 'distribution'),
}));
const present = new Set([
  bill.metadata?.component?.['bom-ref'],
  ...components.map((component) => component['bom-ref']),
]);
const graph = (bill.dependencies ?? [])
  .filter(({ ref }) => present.has(ref))
  .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((each) => present.has(each)) }));
const metadata = { ...bill.metadata, component: { ...bill.metadata?.component, name, version } };

const named = new Set(components.map((component) => component.name));
const missing = Object.keys(dependencies).filter((dependency) => !named.has(dependency));
const unpurled = components.filter(({ purl }) => typeof purl !== 'string');
if (bill.bomFormat !== 'CycloneDX' || missing.length + unpurled.length > 0) {
  console.error(`The bill of materials is not whole: ${missing.join(', ') || bill.bomFormat} is missing.`);
  process.exit(1);
}

mkdirSync(new URL('dist/', root), { recursive: true });
writeFileSync(target, `${JSON.stringify({ ...bill, metadata, components, dependencies: graph }, undefined, 2)}\n`);
console.error(`dist/sbom.cdx.json: ${String(components.length)} components.`);

function isDevelopment({ name: property, value }) {
  return property === 'cdx:npm:package:development' && value === 'true';
}
