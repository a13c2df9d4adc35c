import { register } from 'node:module';

// For the bench alone: services without authorisation and audit. Nothing outside this folder knows of it.
register('./hooks.js', import.meta.url);
