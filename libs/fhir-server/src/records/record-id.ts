import { isServiceName, type ServiceName } from '#fhir';

/** Where a record is: its service, and its id there. To callers both are one id: `referral.8f3c…`. */
export interface RecordPlace {
  service: ServiceName;
  id: string;
}

export function recordId({ service, id }: RecordPlace): string {
  return `${service}.${id}`;
}

/** Undefined for what is no such id. */
export function recordPlace(text: string): RecordPlace | undefined {
  const [service = '', ...rest] = text.split('.');
  const id = rest.join('.');
  return isServiceName(service) && id !== '' ? { service, id } : undefined;
}

/** What a service gives its audit entries. */
export function isUuid(id: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
}
