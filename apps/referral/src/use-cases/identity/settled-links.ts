import type { Patient, Task } from 'fhir/r4';
import { everyone, idIn, parseJson } from '#fhir';
import { parseSearch } from '#fhir-search';
import type { FhirStore } from '#fhir-store';
import { linksMadeBy, linkTasksOf } from '../../domain/identity/link-task.js';

const tasksAtMost = 1000;

/**
 * The links of a record that people settled: they are taken away by the Task that made them, and who writes the record may not
 * know of them.
 */
export class SettledLinks {
  constructor(private readonly store: FhirStore) {}

  async execute(patient: Patient): Promise<Pick<Patient, 'link'>> {
    const others = (patient.link ?? []).flatMap(({ other }) => idIn(other, 'Patient') ?? []);
    if (others.length === 0) return {};
    const search = new URLSearchParams(linkTasksOf([patient.id ?? '', ...new Set(others)]));
    const { query } = parseSearch('Task', search, { lenient: false });
    const { matches } = await this.store.search({ ...query, count: tasksAtMost }, everyone);
    const tasks = matches.map(({ content }) => parseJson(content) as Task);
    const link = linksMadeBy(tasks, patient);
    return link.length > 0 ? { link } : {};
  }
}
