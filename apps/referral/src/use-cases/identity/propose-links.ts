import { Injectable } from '@nestjs/common';
import type { Patient } from 'fhir/r4';
import { type Audience, everyone, idIn, organisationsOf } from '#fhir';
import { type Act, FhirStore } from '#fhir-store';
import type { Session } from '#postgres';
import { Platform } from '#service';
import { linkTask, linkTaskId } from '../../domain/identity/link-task.js';
import { type MatchedPatient, MatchPatient } from './match-patient.js';

/**
 * Asks an organisation that sees records of two others whether they are of one person. It is asked once for each pair, by a
 * Task that nobody else sees: another one would learn where else the person is known.
 */
@Injectable()
export class ProposeLinks {
  constructor(
    private readonly store: FhirStore,
    private readonly matchPatient: MatchPatient,
    private readonly platform: Platform,
  ) {}

  async execute(patient: Patient, audience: Audience, { act, tx }: { act: Act; tx: Session }): Promise<void> {
    const keeper = idIn(patient.managingOrganization, 'Organization');
    // From whom a Consent withholds the record, he is not asked about it.
    const seeing = organisationsOf(audience.filter((mark) => !mark.startsWith('!')));
    for (const organisation of keeper === undefined ? [] : seeing) {
      const found = await this.matchPatient.likely(patient, [organisation]);
      const others = found.filter(({ patient: { managingOrganization: own } }) => isAnother(keeper, own));
      for (const other of others) await this.#propose({ patient, other, organisation }, { act, tx });
    }
  }

  async #propose(
    { patient, other, organisation }: { patient: Patient; other: MatchedPatient; organisation: string },
    { act, tx }: { act: Act; tx: Session },
  ): Promise<void> {
    const pair: [string, string] = [patient.id ?? '', other.patient.id ?? ''];
    const id = linkTaskId(organisation, pair);
    if (await this.store.read('Task', id, everyone, tx)) return;
    const authoredOn = this.platform.now().toISOString();
    const resource = linkTask({ patient, other: other.patient, grade: other.grade, organisation, authoredOn });
    const write = { interaction: 'create' as const, resource, audience: [organisation], persons: pair };
    await this.store.commit([{ ...write, event: 'link-proposed.v1' }], act, tx);
  }
}

function isAnother(keeper: string | undefined, own: Patient['managingOrganization']): boolean {
  const id = idIn(own, 'Organization');
  return id !== undefined && id !== keeper;
}
