import { createHmac } from 'node:crypto';
import type { ServiceName } from '#fhir';

export interface Login {
  name: string;
  password: string;
}

/**
 * A service's own database login. Its password is derived from the admin's, so that every process that may migrate knows it
 * and nobody has to keep another secret; a deployment that sets passwords itself gives each service its own DATABASE_URL.
 */
export function loginOf(adminUrl: string, service: ServiceName): Login {
  const secret = decodeURIComponent(new URL(adminUrl).password);
  const password = createHmac('sha256', `ginnel ${secret}`).update(service).digest('base64url');
  return { name: `ginnel_${service.replaceAll('-', '_')}`, password };
}

/** The address that a service connects with, made from the admin's. */
export function serviceUrl(adminUrl: string, service: ServiceName): string {
  const url = new URL(adminUrl);
  const { name, password } = loginOf(adminUrl, service);
  url.username = name;
  url.password = password;
  return url.toString();
}
