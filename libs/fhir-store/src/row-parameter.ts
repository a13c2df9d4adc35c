import type { IndexValue, SearchParameter, SearchValue } from '#fhir-search';

/** The table of a kind of value, and its name in the statements that write it. */
export type RowTable = 'value' | 'date_value' | 'number_value' | 'position_value';

/**
 * Under which name the rows of a value stand. Beside its plain values a parameter may have the identifiers of a reference, the
 * words of a text, identifiers with their type, and the parts of a composite.
 */
export function rowParameter({ code, type }: SearchParameter, value: IndexValue['type'] | SearchValue['type']): string {
  if (value === 'text') return `${code}:text`;
  if (value === 'typedIdentifier') return `${code}:of-type`;
  return type === 'reference' && value === 'token' ? identifierParameter({ code }) : code;
}

/** The identifier of a reference is a token and goes to the value table, under `owner:identifier`. */
export function identifierParameter({ code }: Pick<SearchParameter, 'code'>): string {
  return `${code}:identifier`;
}

/** A part of a composite, counted from 0. */
export function partParameter({ code }: SearchParameter, part: number): string {
  return `${code}.${String(part)}`;
}

export function rowTable(value: IndexValue['type'] | SearchValue['type'] | SearchParameter['type']): RowTable {
  switch (value) {
    case 'date':
      return 'date_value';
    case 'number':
    case 'quantity':
      return 'number_value';
    case 'near':
    case 'position':
    case 'special':
      return 'position_value';
    default:
      return 'value';
  }
}

const longestText = 64;

/** As far as a text is looked at for `:text`. */
export function cut(text: string): string {
  return Array.from(text).slice(0, longestText).join('');
}
