/** Types that every service stores beside what they speak of; their routes ask all services. */
export const recordTypes = ['AuditEvent', 'Provenance'] as const;
export type RecordType = (typeof recordTypes)[number];

/** What an address asks of them; clients never write them, and they have one version. */
export type RecordRoute = { pattern: string } & (
  | { interaction: 'search-records'; type: RecordType; form: boolean }
  | { interaction: 'read-record'; type: RecordType; id: string }
);

/** By method; undefined for what is no address of these types. */
export function recordMethods(
  [type = '', second, ...beyond]: readonly string[],
  checkedId: (id: string) => string,
): Partial<Record<'GET' | 'POST', RecordRoute>> | undefined {
  if (!isRecordType(type) || beyond.length > 0 || second?.startsWith('$') === true) return undefined;
  const pattern = '/fhir/:type';
  if (second === undefined) return { GET: { interaction: 'search-records', type, form: false, pattern } };
  if (second === '_search')
    return { POST: { interaction: 'search-records', type, form: true, pattern: `${pattern}/_search` } };
  if (second === '_history') return undefined;
  return { GET: { interaction: 'read-record', type, id: checkedId(second), pattern: `${pattern}/:id` } };
}

export function isRecordType(type: string): type is RecordType {
  return (recordTypes as readonly string[]).includes(type);
}
