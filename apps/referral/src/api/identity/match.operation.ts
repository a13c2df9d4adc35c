import { Injectable } from '@nestjs/common';
import type { Bundle, BundleEntry, Patient } from 'fhir/r4';
import { FhirError, operationOutcome, warning } from '#fhir';
import {
  type FhirRequest,
  type FhirResponse,
  Operation,
  type OperationDefinition,
  operationParametersOf,
} from '#fhir-server';
import { Platform } from '#service';
import { type MatchedPatient, MatchPatient } from '../../use-cases/identity/match-patient.js';

const matchGradeExtension = 'http://hl7.org/fhir/StructureDefinition/match-grade';
const usualCount = 20;
const largestCount = 100;

/** `POST /Patient/$match`. https://hl7.org/fhir/R4/patient-operation-match.html */
@Injectable()
export class MatchOperation extends Operation {
  readonly definition: OperationDefinition = {
    code: 'match',
    title: 'Find records of a person',
    description:
      'Records that may be of the same person, among those that the caller may see, by NHS number, date of birth, names and postcode. By POST, so that nothing of the person stands in an address.',
    system: false,
    types: ['Patient'],
    instance: false,
    methods: ['POST'],
    affectsState: false,
    parameters: [
      { name: 'resource', use: 'in', min: 1, max: '1', type: 'Patient', documentation: 'What is known of the person.' },
      {
        name: 'onlyCertainMatches',
        use: 'in',
        min: 0,
        max: '1',
        type: 'boolean',
        documentation: 'Tells the one certain match; none where several are.',
      },
      {
        name: 'count',
        use: 'in',
        min: 0,
        max: '1',
        type: 'integer',
        documentation: 'How many at most; 20 unless told.',
      },
      {
        name: 'return',
        use: 'out',
        min: 1,
        max: '1',
        type: 'Bundle',
        documentation: 'The best first, with their grade.',
      },
    ],
  };

  constructor(
    private readonly matchPatient: MatchPatient,
    private readonly platform: Platform,
  ) {
    super();
  }

  async execute(request: FhirRequest): Promise<FhirResponse> {
    const parameters = operationParametersOf(request, this.definition);
    const asked = parameters.resource('resource');
    if (asked?.resourceType !== 'Patient') throw notAPatient();
    const found = await this.matchPatient.execute(asked, request.caller.audience);
    const certain = found.filter(({ grade }) => grade === 'certain');
    const isCertainWanted = parameters.flag('onlyCertainMatches') === true;
    // Who asks for the certain match takes what is answered for the person: of several none is.
    const isUnclear = isCertainWanted && certain.length > 1;
    const told = isUnclear ? [] : isCertainWanted ? certain : found;
    const count = Math.min(parameters.count('count') ?? usualCount, largestCount);
    const entry = [
      ...told.slice(0, count).map((match) => entryOf(match, this.platform.settings.baseUrl)),
      ...(isUnclear ? [severalEntry] : []),
    ];
    const bundle: Bundle = { resourceType: 'Bundle', type: 'searchset', total: told.length };
    return { status: 200, resource: entry.length > 0 ? { ...bundle, entry } : bundle };
  }
}

const several = warning(
  'multiple-matches',
  'Several records match with certainty; ask without onlyCertainMatches to see them.',
);
const severalEntry: BundleEntry = { resource: operationOutcome([several]), search: { mode: 'outcome' } };

function entryOf({ patient, grade, score }: MatchedPatient, baseUrl: string): BundleEntry<Patient> {
  const extension = [{ url: matchGradeExtension, valueCode: grade }];
  return {
    fullUrl: `${baseUrl}/Patient/${patient.id ?? ''}`,
    resource: patient,
    search: { extension, mode: 'match', score },
  };
}

function notAPatient(): FhirError {
  return FhirError.of('required', 'The parameter resource is a Patient: what is known of the person.', {
    expression: 'Parameters.parameter',
  });
}
