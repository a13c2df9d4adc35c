import { serviceNames } from '#fhir';
import { readMigrateConfig } from './migrate.config.js';

const adminUrl = 'postgres://admin:secret@db:5432/ginnel';

describe('the environment of the migration', () => {
  it('needs the address of a login that may create roles, and nothing else', () => {
    expect(readMigrateConfig({ MIGRATION_DATABASE_URL: adminUrl })).toEqual({ adminUrl, passwords: {} });
    expect(() => readMigrateConfig({})).toThrow(
      'These environment variables are missing or wrong: MIGRATION_DATABASE_URL.',
    );
  });

  it('may set the password of each service', () => {
    const passwords = serviceNames.map((service) => [service, `${service}-${'x'.repeat(24)}`] as const);
    const variables = passwords.map(([service, password]) => [variable(service), password] as const);
    expect(readMigrateConfig({ MIGRATION_DATABASE_URL: adminUrl, ...Object.fromEntries(variables) })).toEqual({
      adminUrl,
      passwords: Object.fromEntries(passwords),
    });
  });

  it('refuses a password that is short or would need quoting in an address, and does not repeat it', () => {
    for (const password of ['', 'short', `${'x'.repeat(30)}@db`]) {
      expect(() =>
        readMigrateConfig({ MIGRATION_DATABASE_URL: adminUrl, GINNEL_LOGIN_PASSWORD_REFERRAL: password }),
      ).toThrow('These environment variables are missing or wrong: GINNEL_LOGIN_PASSWORD_REFERRAL.');
    }
  });
});

function variable(service: string): string {
  return `GINNEL_LOGIN_PASSWORD_${service.toUpperCase().replaceAll('-', '_')}`;
}
