#!/usr/bin/env node
// npx ginnel <command>: what an operator does at a prompt. Installs and builds what is missing, as npm start does.
process.argv.splice(2, 0, '--command');
await import('./start.mjs');
