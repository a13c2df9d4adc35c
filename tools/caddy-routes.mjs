// Writes deploy/caddy/owners.caddy from the table of owners; with --check it only says whether the file is current.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const built = new URL('../dist/libs/fhir/src/index.js', import.meta.url);
const target = new URL('../deploy/caddy/owners.caddy', import.meta.url);
/** [base], metadata, messages and every type that no service owns. */
const answersForTheRest = 'referral';

if (!existsSync(built)) {
  console.error('The table of owners is not built: npm run build first.');
  process.exit(1);
}
const { owners } = await import(built.href);

const text = `# Written by tools/caddy-routes.mjs from the table of owners in libs/fhir/src/owners.ts. Do not edit.

${Object.entries(owners)
  .map(([service, types]) => route(service, types))
  .join('\n')}
@rest path /fhir /fhir/*
handle @rest {
	import service ${answersForTheRest}
}
`;

if (!process.argv.includes('--check')) {
  writeFileSync(target, text);
} else if (!existsSync(target) || text !== readFileSync(target, 'utf8')) {
  console.error('deploy/caddy/owners.caddy is not current: node tools/caddy-routes.mjs');
  process.exitCode = 1;
}

// By expression and not by path, because a path of Caddy's also matches in the wrong case.
function route(service, types) {
  return `@${service} path_regexp ^/fhir/(${types.join('|')})(/|$)
handle @${service} {
	import service ${service}
}
`;
}
