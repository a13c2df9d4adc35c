import { serviceNames } from '#fhir';
import { loginOf, serviceUrl } from './logins.js';

const adminUrl = 'postgres://admin:p%40ss@db.example:5432/ginnel?sslmode=require';

describe('the login of a service', () => {
  it('has a name and a password that no other service has', () => {
    const logins = serviceNames.map((service) => loginOf(adminUrl, service));
    expect(new Set(logins.map(({ name }) => name)).size).toBe(serviceNames.length);
    expect(new Set(logins.map(({ password }) => password)).size).toBe(serviceNames.length);
  });

  it('keeps its derived password from one start to the next, and loses it with the password of the admin', () => {
    const other = adminUrl.replace('p%40ss', 'other');
    expect(loginOf(adminUrl, 'referral')).toEqual(loginOf(adminUrl, 'referral'));
    expect(loginOf(other, 'referral').password).not.toBe(loginOf(adminUrl, 'referral').password);
  });

  it('has the password that the deployment sets for it, and a derived one where none is set', () => {
    const passwords = { referral: 'set-by-the-deployment' };
    expect(loginOf(adminUrl, 'referral', passwords)).toEqual({
      name: 'ginnel_referral',
      password: 'set-by-the-deployment',
    });
    expect(loginOf(adminUrl, 'outcomes', passwords)).toEqual(loginOf(adminUrl, 'outcomes'));
  });

  it('leads to the database of the admin, never as the admin', () => {
    const { name, password } = loginOf(adminUrl, 'activity-directory');
    expect(serviceUrl(adminUrl, 'activity-directory')).toBe(
      `postgres://${name}:${password}@db.example:5432/ginnel?sslmode=require`,
    );
  });
});
