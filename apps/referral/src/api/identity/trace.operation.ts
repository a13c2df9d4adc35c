import { Injectable } from '@nestjs/common';
import type { Patient } from 'fhir/r4';
import { FhirError, parseJson } from '#fhir';
import {
  type FhirRequest,
  type FhirResponse,
  Operation,
  type OperationDefinition,
  operationParametersOf,
} from '#fhir-server';
import { FhirStore } from '#fhir-store';
import { Platform } from '#service';
import { hasSameIdentity, withRegistered } from '../../domain/identity/traced-person.js';
import { refuseOthers } from '../patient.writes.js';
import { TracePerson } from '../../use-cases/identity/trace-person.js';

/** `POST /Patient/[id]/$trace`: Ginnel's own operation. */
@Injectable()
export class TraceOperation extends Operation {
  readonly definition: OperationDefinition = {
    code: 'trace',
    title: 'Verify the NHS number of a record',
    description:
      'Asks the register of people for the NHS number of this record, or for the person by name, date of birth and postcode, and writes the number as verified where exactly this person is known.',
    system: false,
    types: ['Patient'],
    type: false,
    instance: true,
    methods: ['POST'],
    affectsState: true,
    answersWritten: true,
    parameters: [],
  };

  constructor(
    private readonly tracePerson: TracePerson,
    private readonly store: FhirStore,
    private readonly platform: Platform,
  ) {
    super();
  }

  async execute(request: FhirRequest): Promise<FhirResponse> {
    operationParametersOf(request, this.definition);
    const { id = '', caller } = request;
    const stored = await this.store.read('Patient', id, caller.audience);
    if (!stored || stored.deleted) throw FhirError.of('not-found', 'There is no such Patient, or you may not see it.');
    const patient = parseJson(stored.content) as Patient;
    // Before the register is asked: it is no place to try numbers of people whom somebody else knows.
    refuseOthers(patient.managingOrganization, request);
    const registered = await this.tracePerson.execute(patient);
    return this.platform.fhirServer.update(request, (current) => {
      if (hasSameIdentity(current as Patient, patient)) return withRegistered(current as Patient, registered);
      throw FhirError.of('conflict', 'The record changed while the register was asked; trace it again.', {
        status: 409,
      });
    });
  }
}
