import type { Subscription } from 'fhir/r4';
import { FhirError, organisationsOf } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import type { FhirStore, Stored } from '#fhir-store';

/** The Subscription of the address; 404 where the caller does not see it. */
export async function seenSubscription(
  store: FhirStore,
  { id = '', caller }: FhirRequest,
): Promise<{ stored: Stored; subscription: Subscription }> {
  const stored = await store.read('Subscription', id, caller.audience);
  if (!stored || stored.deleted) {
    throw FhirError.of('not-found', 'There is no Subscription at this address that you may see.');
  }
  return { stored, subscription: JSON.parse(stored.content) as Subscription };
}

/** 403 for who may see it and is not of the organisation that it belongs to. */
export function onlyItsOrganisation({ audience }: Stored, { caller: { organisation } }: FhirRequest): void {
  if (organisation !== undefined && organisationsOf(audience).includes(organisation)) return;
  throw FhirError.of('forbidden', 'A Subscription is changed by the organisation that it belongs to.');
}
