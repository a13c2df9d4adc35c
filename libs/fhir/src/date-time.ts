/**
 * The moment of a FHIR date, dateTime or instant, in milliseconds since 1970. A leap second is taken as the second before it: the
 * clock of JavaScript has none, and what would be no time at all cannot be written again.
 */
export function parseDateTime(value: string): number {
  return Date.parse(value.replace(/:60(?=[.Z+-])/, ':59'));
}
