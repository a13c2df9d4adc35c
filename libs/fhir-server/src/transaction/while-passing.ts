import { setTimeout as sleep } from 'node:timers/promises';
import { FhirError } from '#fhir';

/** Tries again where others were faster with what is not the client's own, until that has passed. */
export async function whilePassing<T>(
  attempts: number,
  work: () => Promise<T>,
  passes: (thrown: unknown) => boolean = isPassing,
): Promise<T> {
  for (let left = attempts - 1; ; left--) {
    try {
      return await work();
    } catch (thrown) {
      if (left === 0 || !passes(thrown)) throw thrown;
      // Those that met here try again one after the other.
      await sleep(Math.random() * 20 * (attempts - left));
    }
  }
}

/** A 409 that sending the same again would end; a conflict is the client's to look at. */
function isPassing(thrown: unknown): boolean {
  return thrown instanceof FhirError && thrown.status === 409 && thrown.issues[0]?.code === 'transient';
}
