import { type Caller, isPermitted } from '#auth';
import { owners, type ResourceId } from '#fhir';
import { type SearchParameter, searchParametersOf } from '#fhir-search';

/** One search of all that make up everything: resources of a type that point to one of the roots by this parameter. */
export interface Step {
  type: string;
  parameter: string;
  /** References that the parameter is sought by. */
  roots: readonly string[];
  /** Parameters of the same type that were steps before: what they find was told already. */
  before: readonly string[];
  /** When the care was given, where the type says it. */
  date?: string;
  /** Where a time is asked for: what was within it, or what says no time. */
  dated?: boolean;
}

const careDates = [
  'date',
  'period',
  'occurrence',
  'onset-date',
  'authored',
  'authored-on',
  'sent',
  'effective',
  'start-date',
];

/** Every owned type that the caller may read, by every reference that may point to a root; in one order for all pages. */
export function stepsTo(
  roots: readonly ResourceId[],
  caller: Caller,
  { types, start, end }: { types?: readonly string[]; start?: string; end?: string },
): Step[] {
  const isTimed = start !== undefined || end !== undefined;
  return Object.values(owners)
    .flat<readonly (readonly string[])[]>()
    .filter((type) => types === undefined || types.includes(type))
    .filter((type) => isPermitted(caller, { interaction: 'search', type }))
    .flatMap((type) => stepsOf(type, roots))
    .flatMap((step) =>
      isTimed && step.date !== undefined ? [true, false].map((dated) => ({ ...step, dated })) : [step],
    );
}

function stepsOf(type: string, roots: readonly ResourceId[]): Step[] {
  const parameters = searchParametersOf(type);
  const date = careDates.find((code) =>
    parameters.some((parameter) => parameter.code === code && parameter.type === 'date'),
  );
  const before: string[] = [];
  return parameters.flatMap((parameter) => {
    const sought = roots.filter((root) => mayPointTo(parameter, root)).map((root) => `${root.type}/${root.id}`);
    if (sought.length === 0) return [];
    const step = {
      type,
      parameter: parameter.code,
      roots: sought,
      before: [...before],
      ...(date === undefined ? {} : { date }),
    };
    before.push(parameter.code);
    return [step];
  });
}

function mayPointTo({ type, targets }: SearchParameter, root: ResourceId): boolean {
  return type === 'reference' && targets.includes(root.type);
}
