// Writes docs/referral-states.md from the table of the referral's turns; npm run build first.
await import('../dist/test/referral-states/main.js');
