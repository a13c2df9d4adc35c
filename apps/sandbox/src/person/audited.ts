import { DuplicateKey, FhirStore } from '#fhir-store';
import { Database } from '#postgres';
import type { Ref } from './mentions.js';

const operator = { agent: 'operator', role: 'operator' };

/** That somebody was given what is held of these Patient records. */
export async function auditExport(
  adminUrl: string,
  { id, patients }: { id: string; patients: readonly Ref[] },
): Promise<void> {
  await withStore(adminUrl, (store) =>
    store.audit.notes.write({
      ...operator,
      organisation: null,
      person: null,
      interaction: 'person-export',
      status: null,
      target: null,
      query: null,
      // As the person asked: https://terminology.hl7.org/CodeSystem-v3-ActReason.html
      purpose: 'PATRQT',
      entities: [],
      patients,
      requestId: id,
      correlationId: id,
    }),
  );
}

/** By the id of the erasure, whose counts stay: the audit does not say whom it was about. Once, however often it is tried. */
export async function auditErasure(adminUrl: string, id: string): Promise<void> {
  const interaction = 'person-erase';
  await withStore(adminUrl, async (store) => {
    try {
      await store.commit([], {
        agent: operator.agent,
        interaction,
        correlationId: id,
        requestId: id,
        keys: [`${interaction} ${id}`],
        request: { role: operator.role, purpose: 'PATRQT' },
      });
    } catch (error) {
      if (!(error instanceof DuplicateKey)) throw error;
    }
  });
}

/** Of the service that owns Patient, under an administrator's login: it writes for all. */
async function withStore(adminUrl: string, work: (store: FhirStore) => Promise<void>): Promise<void> {
  const database = new Database({ url: adminUrl, schema: 'referral', applicationName: 'ginnel-person' });
  try {
    await work(new FhirStore(database, { types: [], cursorSecret: '', now: () => new Date() }));
  } finally {
    await database.close();
  }
}
