import { error, type Issue } from '#fhir';
import { headerOf, type MessageContext } from '../message-context.js';

const ourMajor = 1;

/**
 * `Accept: application/fhir+json; version=1.4.0`: the highest version listed counts, none means 1.0.0. FHIR's own `fhirVersion`
 * is another parameter.
 */
export function acceptedVersionIsOurs(_received: unknown, { headers }: Pick<MessageContext, 'headers'>): Issue[] {
  const listed = (headerOf(headers, 'Accept') ?? '').matchAll(/(?<![a-z])version\s*=\s*"?(\d+)/gi);
  const majors = [...listed].map(([, major]) => Number(major));
  const asked = majors.length === 0 ? ourMajor : Math.max(...majors);
  if (asked === ourMajor) return [];
  const found = `The header Accept asks for version ${String(asked)} of the standard`;
  return [error('processing', `${found}; this server speaks version ${String(ourMajor)}.`, 'http.Accept')];
}
