import { readFile } from 'node:fs/promises';
import type { Patient } from 'fhir/r4';
import { z } from 'zod';
import { FhirError } from '#fhir';
import { nhsNumberOf } from '../domain/identity/nhs-number.js';
import { matchOf } from '../domain/identity/person-match.js';
import { PersonRegister } from '../domain/identity/person-register.js';

const file = z.object({
  /** `unavailable` says so at once; `silent` never answers. */
  state: z.enum(['available', 'unavailable', 'silent']).default('available'),
  people: z.array(z.looseObject({ resourceType: z.literal('Patient') })),
  /** Numbers that were replaced, and by which. */
  replaced: z.record(z.string(), z.string()).default({}),
});

/** A register of invented people in a JSON file, read each time: for the sandbox and for tests. */
export class FileRegister extends PersonRegister {
  constructor(
    private readonly path: string,
    private readonly timeoutMs = 2_000,
  ) {
    super();
  }

  async lookup(number: string): Promise<Patient | undefined> {
    const { people, replaced } = await this.#read();
    const current = replaced[number] ?? number;
    return people.find((one) => nhsNumberOf(one) === current);
  }

  async trace(known: Patient): Promise<Patient[]> {
    const { people } = await this.#read();
    return people.filter((one) => matchOf(known, one).grade !== 'certainly-not');
  }

  async #read(): Promise<{ people: Patient[]; replaced: Record<string, string> }> {
    const { state, people, replaced } = await this.#parsed();
    if (state === 'available') return { people: people, replaced };
    // What it plays: a register from which nothing comes until its caller has waited long enough.
    if (state === 'silent') await new Promise((resolve) => setTimeout(resolve, this.timeoutMs));
    throw FhirError.of('transient', 'The register of people does not answer just now; try again later.');
  }

  async #parsed(): Promise<z.infer<typeof file>> {
    try {
      return file.parse(JSON.parse(await readFile(this.path, 'utf8')));
    } catch (cause) {
      throw FhirError.of('transient', 'The register of people cannot be read just now; try again later.', { cause });
    }
  }
}
