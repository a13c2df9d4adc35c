import type { ValueSet, ValueSetComposeInclude } from 'fhir/r4';
import type { Catalogue } from './catalogue.js';

/**
 * A value set that is known by its address alone: all codes of a system (`…?fhir_vs`, `…/vs`, the system's own name for it) or
 * what lies below one (`…?fhir_vs=isa/X`). https://hl7.org/fhir/R4/valueset.html#implicit
 */
export function implicitValueSet(canonical: string, catalogue: Catalogue): ValueSet | undefined {
  const include = byQuery(canonical) ?? byEnding(canonical, catalogue) ?? byName(canonical, catalogue);
  return include && { resourceType: 'ValueSet', status: 'active', url: canonical, compose: { include: [include] } };
}

function byQuery(canonical: string): ValueSetComposeInclude | undefined {
  const [system = '', query] = canonical.split('?fhir_vs');
  if (query === undefined || system === '') return undefined;
  if (query === '') return { system };
  const below = /^=isa\/(.+)$/.exec(query)?.[1];
  return below === undefined ? undefined : { system, filter: [{ property: 'concept', op: 'is-a', value: below }] };
}

function byEnding(canonical: string, catalogue: Catalogue): ValueSetComposeInclude | undefined {
  if (!canonical.endsWith('/vs')) return undefined;
  const system = canonical.slice(0, -'/vs'.length);
  return catalogue.codeSystem(system) || system === 'http://loinc.org' ? { system } : undefined;
}

/** CodeSystem.valueSet: the set of all its codes, which need not be written down. */
function byName(canonical: string, catalogue: Catalogue): ValueSetComposeInclude | undefined {
  const system = catalogue.systemOf(canonical);
  return system === undefined ? undefined : { system };
}
