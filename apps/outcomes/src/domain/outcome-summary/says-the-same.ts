import type { Bundle, Composition, Patient } from 'fhir/r4';
import { stringifyJson } from '#fhir';
import { personLine } from '../outcome-pdf/person-line.js';

export interface Comparison {
  /** The instant at which the names and numbers of the person are to hold. */
  at: string;
  /** Only what is told of this; everything unless told. */
  about?: 'Patient' | 'Goal' | undefined;
}

/** True where a reader gets the same words and codes, whatever versions they were made of. */
export function saysTheSame(before: Bundle, now: Bundle, { at, about }: Comparison): boolean {
  const told = (document: Bundle): string[] => {
    const person = patientIn(document);
    const line = person ? personLine(person, at) : '';
    const { section = [], category, event } = compositionIn(document);
    if (about === 'Patient') return [line];
    if (about === 'Goal')
      return [stringifyJson(section.filter(({ code }) => code?.coding?.[0]?.code === 'what-matters'))];
    return [line, stringifyJson({ section, category, event })];
  };
  return told(before).join('\n') === told(now).join('\n');
}

export function compositionIn({ entry = [] }: Bundle): Composition {
  return entry[0]?.resource as Composition;
}

function patientIn({ entry = [] }: Bundle): Patient | undefined {
  return entry.map(({ resource }) => resource).find((one): one is Patient => one?.resourceType === 'Patient');
}
