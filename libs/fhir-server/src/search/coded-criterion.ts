import { FhirError } from '#fhir';
import type { ParameterCriterion, SearchValue } from '#fhir-search';
import type { SystemCode, Terminology } from '#terminology';

/** A criterion with codes in the place of a value set (`:in`) or of a place in a hierarchy of codes (`:below`). */
export function codedCriterion(criterion: ParameterCriterion, terminology: Terminology): ParameterCriterion {
  const { parameter, modifier, values } = criterion;
  if (parameter.type !== 'token') return criterion;
  if (modifier === 'in' || modifier === 'not-in')
    return { ...criterion, values: values.flatMap((value) => codesIn(value, criterion, terminology)) };
  if (modifier === 'above' || modifier === 'below')
    return { ...criterion, values: values.flatMap((value) => hierarchyOf(value, criterion, terminology)) };
  return criterion;
}

function codesIn(value: SearchValue, criterion: ParameterCriterion, terminology: Terminology): SearchValue[] {
  if (value.type !== 'valueSet') return [value];
  const codes = terminology.codesOf(value.url);
  if (codes) return codes.map(tokenOf);
  throw refused(criterion, 'the value set is not known here, or cannot be listed');
}

function hierarchyOf(value: SearchValue, criterion: ParameterCriterion, terminology: Terminology): SearchValue[] {
  if (value.type !== 'token' || value.value === undefined) return [value];
  const system = value.system === undefined || value.system === '' ? criterion.parameter.system : value.system;
  if (system === undefined) throw refused(criterion, 'the code needs its system, as in system|code');
  const code = { system, code: value.value };
  const codes = criterion.modifier === 'below' ? terminology.below(code) : terminology.above(code);
  if (codes) return codes.map((each) => tokenOf({ system, code: each }));
  throw refused(criterion, 'the code system is not known here with its hierarchy');
}

function tokenOf({ system, code }: SystemCode): SearchValue {
  return { type: 'token', system, value: code };
}

function refused({ parameter, modifier }: ParameterCriterion, reason: string): FhirError {
  const diagnostics = `'${parameter.code}:${modifier ?? ''}' cannot be answered: ${reason}.`;
  return FhirError.of('not-supported', diagnostics, { status: 400 });
}
