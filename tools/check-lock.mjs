// Checks package-lock.json: npm forgets entries of other platforms' packages, and then `npm ci` fails everywhere;
// and an address of one registry in it would bind everybody to that registry.
import { readFileSync } from 'node:fs';

const path = process.argv[2] ?? new URL('../package-lock.json', import.meta.url);
const { packages } = JSON.parse(readFileSync(path, 'utf8'));
const entries = Object.entries(packages);

const missing = entries.flatMap(([place, { optionalDependencies = {} }]) =>
  Object.keys(optionalDependencies)
    .filter((name) => !resolves(place, name))
    .map((name) => `${name} (wanted by ${place || 'package.json'})`),
);
const addressed = entries
  .filter(([, { resolved, link }]) => resolved !== undefined && link !== true)
  .map(([place]) => place);

if (missing.length > 0) console.error(`package-lock.json has no entry for the optional ${missing.join(', ')}.`);
if (addressed.length > 0) {
  console.error(
    `package-lock.json holds the registry address of ${String(addressed.length)} packages, the first ${addressed[0]}: write it with omit-lockfile-registry-resolved.`,
  );
}
process.exitCode = missing.length + addressed.length > 0 ? 1 : 0;

// As Node looks: in the node_modules of the place itself, then of each place above.
function resolves(place, name) {
  const above = place.includes('/node_modules/') ? place.slice(0, place.lastIndexOf('/node_modules/')) : '';
  if (packages[`${place === '' ? '' : `${place}/`}node_modules/${name}`]) return true;
  return place !== '' && resolves(above, name);
}
