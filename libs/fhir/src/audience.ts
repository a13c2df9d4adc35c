/**
 * An audience is the list of organisations that may read a row, by logical id of their Organization
 * ("keighley-healthy-living"), or `public`. A reader's audience is the list of those it may read as.
 *
 * As it is stored each is a mark: of what is labelled restricted it bears the label ("keighley-healthy-living#R"), and where
 * a Consent withholds the row from an organisation it is one that no reader bears ("!keighley-healthy-living").
 */
export type Audience = readonly string[];

/** Readable by every authenticated caller: the directory, questionnaires, measures. */
export const publicAudience: Audience = ['public'];

/** A service reading for its own rules, or an all-seeing integrator in an open sandbox. Never given to a client otherwise. */
export const everyone: Audience = ['*'];

export function sees(reader: Audience, row: Audience): boolean {
  return reader.includes('*') || row.some((organisation) => reader.includes(organisation));
}

/** The organisations that a row's marks speak of, also where its label or a Consent keeps it from them: what a service decides on. */
export function organisationsOf(marks: Audience): Audience {
  return audienceOf(...marks.map((mark) => labelledOf(mark).split('#', 1)[0]));
}

/**
 * Whether whoever may read a row with these marks may read the other one, too: who bears a label sees less labelled rows as
 * well. Who is kept from the row by a Consent counts as its reader, for the Consent may end; from the other one he is kept.
 */
export function isReadWith(row: Audience, other: Audience): boolean {
  return notWithheld(row).every((mark) => borneWith(mark).some((each) => other.includes(each)));
}

/** What a reader who bears this mark bears of the same organisation. */
function borneWith(mark: string): Audience {
  const [organisation = '', label] = mark.split('#', 2);
  const labels = label === 'V' ? ['R', 'V'] : label === undefined ? [] : [label];
  return [organisation, ...labels.map((each) => `${organisation}#${each}`)];
}

/** The marks as they are where no Consent withholds the row; labels stay. */
export function notWithheld(marks: Audience): Audience {
  return audienceOf(...marks.map(labelledOf));
}

/**
 * The marks of a row with this content: an organisation sees what is labelled restricted (R) or very restricted (V) only as a
 * reader that bears the label too. https://terminology.hl7.org/CodeSystem-v3-Confidentiality.html
 */
export function labelledAudience(audience: Audience, security: readonly Label[] = []): Audience {
  const organisations = organisationsOf(audience);
  const label = labelOf(security);
  return label === undefined ? organisations : organisations.map((organisation) => `${organisation}#${label}`);
}

function labelOf(security: readonly Label[] = []): 'V' | 'R' | undefined {
  return (['V', 'R'] as const).find((code) =>
    security.some((one) => one.code === code && one.system === confidentiality),
  );
}

/** The strongest label among rows with these marks. */
export function labelAmong(rows: readonly Audience[]): 'V' | 'R' | undefined {
  return (['V', 'R'] as const).find((label) => rows.some((marks) => marks.some((mark) => mark.endsWith(`#${label}`))));
}

/** This resource, no less restricted than what it was made of: it would tell what they hide. */
export function restrictedAs<R extends Labelled>(resource: R, ...sources: readonly (Labelled | undefined)[]): R {
  const all = sources.flatMap((source) => source?.meta?.security ?? []);
  const [own, wanted] = [labelOf(resource.meta?.security), labelOf(all)];
  if (wanted === undefined || own === wanted || own === 'V') return resource;
  const others = (resource.meta?.security ?? []).filter((one) => labelOf([one]) === undefined);
  return { ...resource, meta: { ...resource.meta, security: [...others, securityOf(wanted)] } };
}

/** What may bear labels. */
interface Labelled {
  meta?: { security?: Label[] | undefined } | undefined;
}

/** Whether a reader bears the label that these say: it sees then of what is its own also what is labelled so. */
export function bearsLabel(reader: Audience, security: readonly Label[] = []): boolean {
  const label = labelOf(security);
  return label === undefined || reader.includes('*') || reader.some((mark) => mark.endsWith(`#${label}`));
}

/** As a label of meta.security. */
export function securityOf(label: 'V' | 'R'): { system: string; code: string } {
  return { system: confidentiality, code: label };
}

/** What of meta.security is looked at. */
interface Label {
  system?: string | undefined;
  code?: string | undefined;
}

const confidentiality = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';

function labelledOf(mark: string): string {
  return mark.startsWith('!') ? mark.slice(1) : mark;
}

/** Sorted, without doubles: what is stored. */
export function audienceOf(...organisations: readonly (string | undefined)[]): Audience {
  return [...new Set(organisations.filter((organisation) => organisation !== undefined))].sort();
}

/**
 * A reader may also bear narrowings, such as `Task?owner=Organization/x`: of Tasks it sees only those that meet the search
 * parameters of its scope; of several for one type, those that meet any. No row bears such a mark.
 */
export interface NarrowingMark {
  type: string;
  /** Search parameters, without the question mark. */
  query: string;
}

export function narrowingMarks(reader: Audience): NarrowingMark[] {
  return reader.filter(isNarrowing).map((mark) => {
    const at = mark.indexOf('?');
    return { type: mark.slice(0, at), query: mark.slice(at + 1) };
  });
}

/** What a row's marks are compared with: the reader's marks without its narrowings. */
export function marksOf(reader: Audience): Audience {
  return reader.some(isNarrowing) ? reader.filter((mark) => !isNarrowing(mark)) : reader;
}

/** One text for one reader, whatever the order of its marks. */
export function readerText(reader: Audience): string {
  return JSON.stringify([...new Set(reader)].sort());
}

function isNarrowing(mark: string): boolean {
  return mark.includes('?');
}
