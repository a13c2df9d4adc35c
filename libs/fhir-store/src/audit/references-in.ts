/**
 * Finds in JSON text, as this server writes it, what it is about: an answer of a thousand resources is read once and not parsed.
 * Within a string of JSON each quotation mark has a backslash before it, so no text of a resource can look like one of these.
 */

/** `Patient/1` of every record of a patient, and of every reference to one. */
export function patientsIn(content: string): string[] {
  return patientsOfIds([record, reference].flatMap((one) => [...content.matchAll(one)].map(([, id = '']) => id)));
}

/** The same of ids, each once; none of an NHS number. */
export function patientsOfIds(ids: readonly string[]): string[] {
  return [...new Set(ids)]
    .filter((id) => !nhsNumber.test(id))
    .map((id) => `Patient/${id}`)
    .sort();
}

/** `Task/1/_history/2` of each resource that is shown, in the order of the text. */
export function resourcesIn(content: string): string[] {
  const found = new Set<string>();
  for (const match of content.matchAll(resource)) {
    const [, type = '', id = ''] = match;
    if (nhsNumber.test(id)) continue;
    const version = versionAfter(content, match.index + match[0].length);
    found.add(version === undefined ? `${type}/${id}` : `${type}/${id}/_history/${version}`);
  }
  return [...found];
}

/** In the Personal Demographics Service a Patient's id is the NHS number. Ids of records here are made here, and never that. */
const nhsNumber = /^\d{10}$/;
const idPattern = '([A-Za-z0-9\\-.]{1,64})';
const record = new RegExp(`\\{"resourceType":"Patient","id":"${idPattern}","meta":`, 'g');
const reference = new RegExp(`"reference":"(?:https?://[^"\\s]{1,300}/)?Patient/${idPattern}[/"]`, 'g');
const resource = new RegExp(`\\{"resourceType":"([A-Za-z]{1,64})","id":"${idPattern}","meta":\\{`, 'g');

/** The store writes the version before the time, both at the end of meta. */
function versionAfter(content: string, from: number): string | undefined {
  const at = content.indexOf('"versionId":"', from);
  const next = content.indexOf('{"resourceType":"', from);
  if (at < 0 || (next >= 0 && next < at)) return undefined;
  return /^\d{1,9}/.exec(content.slice(at + 13, at + 23))?.[0];
}
