export * from './terminology.js';
