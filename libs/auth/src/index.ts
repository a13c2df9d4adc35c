export * from './authenticator.js';
export * from './bearer-tokens.js';
export * from './caller.js';
export * from './lookup-public.js';
export * from './open-sandbox.js';
export * from './policy.js';
export * from './scopes.js';
