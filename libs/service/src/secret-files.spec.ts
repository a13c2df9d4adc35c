import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { secretVariables, withoutLogins, withSecretFiles } from './secret-files.js';
import { readServiceConfig } from './service.config.js';

describe('secrets', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ginnel-secrets-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const secret = 'a secret that is long enough to be one';
  const fileWith = (content: string): string => {
    const file = join(folder, 'secret');
    writeFileSync(file, content);
    return file;
  };

  it('may lie in files instead of the environment', () => {
    const file = fileWith(`${secret}\n`);
    const given = Object.fromEntries(secretVariables.map((name) => [`${name}_FILE`, file]));
    expect(withSecretFiles(given)).toMatchObject(Object.fromEntries(secretVariables.map((name) => [name, secret])));
    const config = readServiceConfig({
      GINNEL_BASE_URL: 'https://ginnel.example/fhir',
      DATABASE_URL: 'postgres://referral@127.0.0.1/ginnel',
      NATS_URL: 'nats://127.0.0.1:4222',
      GINNEL_SECRET_FILE: file,
    });
    expect(config.GINNEL_SECRET).toBe(secret);
  });

  it('stop the start where they are given twice, or cannot be read, and stand in no sentence', () => {
    const twice = (): unknown => withSecretFiles({ GINNEL_SECRET: secret, GINNEL_SECRET_FILE: fileWith(secret) });
    const nowhere = (): unknown => withSecretFiles({ NATS_URL_FILE: join(folder, 'none') });
    expect(twice).toThrow('Set GINNEL_SECRET or GINNEL_SECRET_FILE, not both.');
    expect(nowhere).toThrow('The file of NATS_URL_FILE cannot be read.');
    expect(() => readServiceConfig({ DATABASE_URL: `mysql://a:${secret}@b/c` })).not.toThrow(secret);
  });

  it.each([
    ['no answer at nats://ginnel:s3cret@10.0.0.1:4222.', 'no answer at nats://…@10.0.0.1:4222.'],
    ['"postgres://user:p@ss@host/db" is wrong', '"postgres://…@host/db" is wrong'],
    ['at https://ginnel.example/fhir', 'at https://ginnel.example/fhir'],
  ])('are left out of "%s"', (said, kept) => {
    expect(withoutLogins(said)).toBe(kept);
  });
});
