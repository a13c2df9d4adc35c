import { createHmac } from 'node:crypto';
import type { ServiceName } from '#fhir';

export interface Login {
  name: string;
  password: string;
}

/** Passwords that a deployment sets itself; each then stands in that service's DATABASE_URL and nowhere else. */
export type LoginPasswords = Readonly<Partial<Record<ServiceName, string>>>;

/**
 * A service's own database login. Its password is derived from the admin's, so that every process that may migrate knows it
 * and nobody has to keep another secret, unless the deployment sets one.
 */
export function loginOf(adminUrl: string, service: ServiceName, passwords: LoginPasswords = {}): Login {
  return { name: loginName(service), password: passwords[service] ?? derivedPassword(adminUrl, service) };
}

export function loginName(service: ServiceName): string {
  return `ginnel_${service.replaceAll('-', '_')}`;
}

/** The address that a service connects with, made from the admin's. */
export function serviceUrl(adminUrl: string, service: ServiceName): string {
  const url = new URL(adminUrl);
  const { name, password } = loginOf(adminUrl, service);
  url.username = name;
  url.password = password;
  return url.toString();
}

function derivedPassword(adminUrl: string, service: ServiceName): string {
  const secret = decodeURIComponent(new URL(adminUrl).password);
  return createHmac('sha256', `ginnel ${secret}`).update(service).digest('base64url');
}
