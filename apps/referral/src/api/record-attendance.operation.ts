// An operation on the type Appointment. https://hl7.org/fhir/R4/operations.html
import { Injectable } from '@nestjs/common';
import {
  type FhirRequest,
  type FhirResponse,
  Operation,
  type OperationDefinition,
  type OperationParameters,
  operationParametersOf,
} from '#fhir-server';
import { FhirError, idIn } from '#fhir';
import { Platform } from '#service';
import { type Attendance, RecordAttendance } from '../use-cases/record-attendance.js';
import { optional, required, several } from './task-operations/turn-parameters.js';

/** Who came to a session and who did not, in one call and one commit. */
@Injectable()
export class RecordAttendanceOperation extends Operation {
  readonly definition: OperationDefinition = {
    code: 'record-attendance',
    title: 'Record attendance',
    description:
      'Who came to a session and who did not: the Appointments become fulfilled or noshow, and the Tasks that are in progress say so. All or nothing; the same again writes nothing.',
    system: false,
    types: ['Appointment'],
    type: true,
    instance: false,
    methods: ['POST'],
    affectsState: true,
    parameters: [
      ...[
        required('slot', 'Reference', 'The Slot of the session.'),
        several('attended', 'Reference', 'Appointment of a person who came.'),
        several('missed', 'Reference', 'Appointment of a person who did not come.'),
        several('concern', 'Reference', 'Of those who did not come, one about whom there is a safeguarding concern.'),
        optional('occurredAt', 'dateTime', 'When it was; the start of the Slot unless told.'),
      ].map((parameter) => ({ ...parameter, use: 'in' as const })),
      { name: 'return', use: 'out', min: 1, max: '1', type: 'Bundle', documentation: 'Of type transaction-response.' },
    ],
  };

  constructor(
    private readonly recordAttendance: RecordAttendance,
    private readonly platform: Platform,
  ) {
    super();
  }

  async execute(request: FhirRequest): Promise<FhirResponse> {
    const given = operationParametersOf(request, this.definition);
    const occurredAt = given.value('occurredAt', 'DateTime');
    const attendance: Attendance = {
      slot: idIn(given.value('slot', 'Reference'), 'Slot') ?? '',
      attended: appointmentsIn(given, 'attended'),
      missed: appointmentsIn(given, 'missed'),
      concern: appointmentsIn(given, 'concern'),
      ...(occurredAt === undefined ? {} : { occurredAt }),
    };
    const bundle = await this.recordAttendance.execute(attendance, request.caller);
    return this.platform.fhirServer.transact(request, bundle);
  }
}

function appointmentsIn(given: OperationParameters, name: string): string[] {
  return given.values(name, 'Reference').map((reference) => {
    const id = idIn(reference, 'Appointment');
    if (id !== undefined) return id;
    throw FhirError.of('value', `The parameter ${name} is a Reference to an Appointment.`);
  });
}
