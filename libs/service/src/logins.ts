import { createHmac } from 'node:crypto';
import type { ServiceName } from '#fhir';

export interface Login {
  name: string;
  password: string;
}

/** Who has a schema and a login: the services, and the issuer, which is none because it holds no resources. */
export type LoginOwner = ServiceName | 'issuer';

/** Passwords that a deployment sets itself; each then stands in that service's DATABASE_URL and nowhere else. */
export type LoginPasswords = Readonly<Partial<Record<LoginOwner, string>>>;

/**
 * A service's own database login. Its password is derived from the admin's, so that every process that may migrate knows it
 * and nobody has to keep another secret, unless the deployment sets one.
 */
export function loginOf(adminUrl: string, service: LoginOwner, passwords: LoginPasswords = {}): Login {
  return { name: loginName(service), password: passwords[service] ?? derivedPassword(adminUrl, service) };
}

export function loginName(service: LoginOwner): string {
  return `ginnel_${service.replaceAll('-', '_')}`;
}

/** The address that a service connects with, made from the admin's. */
export function serviceUrl(adminUrl: string, service: LoginOwner): string {
  const url = new URL(adminUrl);
  const { name, password } = loginOf(adminUrl, service);
  url.username = name;
  url.password = password;
  return url.toString();
}

function derivedPassword(adminUrl: string, service: LoginOwner): string {
  const secret = decodeURIComponent(new URL(adminUrl).password);
  return createHmac('sha256', `ginnel ${secret}`).update(service).digest('base64url');
}
