import type { OperationParameter } from '#fhir-server';
import type { TaskTurn, TurnParameter } from './task-turn.js';

export function required(name: string, type: string, documentation: string): TurnParameter {
  return { name, type, min: 1, max: '1', documentation };
}

export function optional(name: string, type: string, documentation: string): TurnParameter {
  return { name, type, min: 0, max: '1', documentation };
}

export function several(name: string, type: string, documentation: string): TurnParameter {
  return { name, type, min: 0, max: '*', documentation };
}

export const occurredAt = optional('occurredAt', 'dateTime', 'When it happened, where that is not now.');

/** What every turn takes and gives. */
export function parametersOf({ parameters, note, isDated, isEdit }: TaskTurn): OperationParameter[] {
  const own = [...parameters, ...timeParameters(isDated, isEdit), ...noteParameters(note)];
  return [
    ...own.map((parameter) => ({ ...parameter, use: 'in' as const })),
    { name: 'return', use: 'out', min: 1, max: '1', type: 'Task', documentation: 'The Task as it is afterwards.' },
  ];
}

function timeParameters(isDated: boolean | undefined, isEdit: boolean | undefined): TurnParameter[] {
  if (isEdit === true) return [];
  return [
    isDated === true ? required('occurredAt', 'dateTime', 'When it was: it tells one from the next.') : occurredAt,
  ];
}

function noteParameters(demanded: string | undefined): TurnParameter[] {
  const usual = 'Words about it, kept with the Task; both sides read them.';
  return [
    demanded === undefined ? optional('note', 'string', usual) : required('note', 'string', demanded),
    optional(
      'author',
      'Reference',
      'Who says the note: Practitioner, PractitionerRole or RelatedPerson. The organisation unless told.',
    ),
  ];
}
