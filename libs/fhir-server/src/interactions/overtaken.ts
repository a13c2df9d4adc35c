import { FhirError } from '#fhir';
import { DuplicateKey } from '#fhir-store';

const plansAtMost = 4;

/**
 * Plans writes and commits them; where another request changed meanwhile what the plan was made from, plans again on fresh
 * reads. `beforeNext` throws where that must not be, because it was the client's own resource that changed.
 */
export async function committedAfresh<P, C>(steps: {
  plan: () => Promise<P>;
  commit: (planned: P) => Promise<C>;
  beforeNext?: (planned: P, overtaken: FhirError | DuplicateKey) => Promise<void>;
  /** Four plans unless told. */
  atMost?: number;
}): Promise<C> {
  for (let left = (steps.atMost ?? plansAtMost) - 1; ; left--) {
    const planned = await steps.plan();
    try {
      return await steps.commit(planned);
    } catch (thrown) {
      if (!isOvertaken(thrown) && !(thrown instanceof DuplicateKey)) throw thrown;
      await steps.beforeNext?.(planned, thrown);
      if (left === 0) throw thrown;
    }
  }
}

/** Another writer came between our reading and our writing. */
export function isOvertaken(thrown: unknown): thrown is FhirError {
  return thrown instanceof FhirError && thrown.status === 409 && thrown.issues[0]?.code === 'conflict';
}
