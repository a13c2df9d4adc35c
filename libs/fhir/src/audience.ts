/**
 * An audience is the list of organisations that may read a row, by logical id of their Organization
 * ("keighley-healthy-living"), or `public`. A reader's audience is the list of those it may read as.
 */
export type Audience = readonly string[];

/** Readable by every authenticated caller: the directory, questionnaires, measures. */
export const publicAudience: Audience = ['public'];

/** A service reading for its own rules, or an all-seeing integrator in an open sandbox. Never given to a client otherwise. */
export const everyone: Audience = ['*'];

export function sees(reader: Audience, row: Audience): boolean {
  return reader.includes('*') || row.some((organisation) => reader.includes(organisation));
}

/** Sorted, without doubles: what is stored. */
export function audienceOf(...organisations: readonly (string | undefined)[]): Audience {
  return [...new Set(organisations.filter((organisation) => organisation !== undefined))].sort();
}
