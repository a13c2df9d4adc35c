// Judges the published resources in ../shared/data anew and writes conformance/verdicts.json and docs/verdicts.md; npm run build first.
await import('../dist/test/verdicts/main.js');
