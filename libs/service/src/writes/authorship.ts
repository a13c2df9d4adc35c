import type { Caller } from '#auth';
import { FhirError, isServiceName, type ResourceId } from '#fhir';
import type { FhirStore } from '#fhir-store';

/** Whoever else reads a resource does not write it: it is the organisation's that made its first version. */
export async function onlyAuthor(store: FhirStore, { type, id }: ResourceId, caller: Caller): Promise<void> {
  const maker = await store.makerOf(type, id);
  if (maker?.organisation === undefined && isOurs(maker?.agent)) {
    throw FhirError.of('forbidden', `This ${type} was made by Ginnel itself and is changed by nobody else.`);
  }
  if (actsForAll(caller)) return;
  if (maker?.organisation !== undefined && maker.organisation === caller.organisation) return;
  throw FhirError.of('forbidden', `A ${type} is changed by the organisation that made it.`);
}

/** An integrator without an organisation: in an open sandbox he acts for all. */
export function actsForAll({ role, organisation }: Caller): boolean {
  return role === 'integrator' && organisation === undefined;
}

/** The seed of the programmes, and services' handlers. */
function isOurs(agent: string | undefined): boolean {
  return agent !== undefined && (agent === 'seed' || isServiceName(agent));
}
