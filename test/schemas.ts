import { schemaOf } from '#service';
import { definitions } from '../apps/sandbox/src/sandbox.module.js';

/** The PostgreSQL schemas of all services. */
export const schemas: readonly string[] = definitions.map(({ name }) => schemaOf(name));
