import { readFileSync } from 'node:fs';

type Variables = Record<string, string | undefined>;

/** Variables that hold secrets: each may be named with _FILE instead, and is then read from that file. */
export const secretVariables = ['DATABASE_URL', 'NATS_URL', 'GINNEL_SECRET'] as const;

/** The environment with what its `_FILE` variables lead to; naming one both ways, or a file that cannot be read, stops the start. */
export function withSecretFiles(environment: Variables): Variables {
  const given = { ...environment };
  for (const name of secretVariables) {
    const file = environment[`${name}_FILE`];
    if (file === undefined || file === '') continue;
    if (given[name] !== undefined && given[name] !== '') throw new Error(`Set ${name} or ${name}_FILE, not both.`);
    given[name] = contentOf(file, name);
  }
  return given;
}

/** What a sentence may say of an address: without the login that stands in it. */
export function withoutLogins(text: string): string {
  return text.replace(/([a-z][a-z\d+.-]*:\/\/)[^\s/@]*(?:@[^\s/@]*)*@/gi, '$1…@');
}

function contentOf(file: string, name: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new Error(`The file of ${name}_FILE cannot be read.`);
  }
}
